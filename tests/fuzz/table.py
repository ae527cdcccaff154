"""Everything that is fuzzed. A target's seeds are the files in corpus/ under its name."""

from tests.fuzz.targets import (
    byte_range,
    data_url,
    download_name,
    effect_params,
    form,
    forwarded,
    json_body,
    object_name,
    parameters,
    picture,
    plan,
    rate,
    remote_address,
    signed_address,
    signed_request,
    stored_file,
)

TARGETS = {
    module.TARGET.name: module.TARGET
    for module in (
        data_url,
        form,
        json_body,
        picture,
        signed_request,
        signed_address,
        forwarded,
        rate,
        parameters,
        effect_params,
        byte_range,
        stored_file,
        plan,
        object_name,
        download_name,
        remote_address,
    )
}
