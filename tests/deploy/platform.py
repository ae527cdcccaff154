"""What Cloud Run knows, as its documentation has it: an annotation that it does not know is accepted, and does nothing.

`ANNOTATIONS` is the list in ObjectMeta.annotations of the Admin API v1, https://cloud.google.com/run/docs/reference/rest/v1/ObjectMeta
(read in November 2026), of what a manifest may set, by where it stands; beside each the page that says what it does.
"""

from typing import Final

_DOCS: Final = "https://cloud.google.com/run/docs/"

SERVICE: Final = {
    "run.googleapis.com/ingress": _DOCS + "securing/ingress",
    "run.googleapis.com/launch-stage": _DOCS + "troubleshooting#launch-stage-validation",
    "run.googleapis.com/description": _DOCS + "configuring/services/overview",
    "run.googleapis.com/binary-authorization": _DOCS + "securing/binary-authorization",
    "run.googleapis.com/custom-audiences": _DOCS + "configuring/custom-audiences",
    "run.googleapis.com/default-url-disabled": _DOCS + "securing/ingress#disable-url",
    "run.googleapis.com/invoker-iam-disabled": _DOCS + "securing/managing-access#invoker_check",
    "run.googleapis.com/minScale": _DOCS + "configuring/min-instances",
    "run.googleapis.com/maxScale": _DOCS + "configuring/max-instances",
}

REVISION: Final = {
    "autoscaling.knative.dev/minScale": _DOCS + "configuring/min-instances",
    "autoscaling.knative.dev/maxScale": _DOCS + "configuring/max-instances",
    "run.googleapis.com/container-dependencies": _DOCS + "configuring/services/containers#container-ordering",
    "run.googleapis.com/cpu-throttling": _DOCS + "configuring/billing-settings",
    "run.googleapis.com/encryption-key": _DOCS + "securing/using-cmek",
    "run.googleapis.com/execution-environment": _DOCS + "configuring/execution-environments",
    "run.googleapis.com/gpu-zonal-redundancy-disabled": _DOCS + "configuring/services/gpu#zonal-redundancy",
    "run.googleapis.com/network-interfaces": _DOCS + "configuring/vpc-direct-vpc",
    "run.googleapis.com/secrets": _DOCS + "configuring/services/secrets",
    "run.googleapis.com/sessionAffinity": _DOCS + "configuring/session-affinity",
    "run.googleapis.com/startup-cpu-boost": _DOCS + "configuring/services/cpu#startup-boost",
    "run.googleapis.com/vpc-access-egress": _DOCS + "configuring/vpc-direct-vpc",
}

# https://cloud.google.com/run/docs/reference/rest/v1/RevisionSpec, …/Container, …/Probe, …/HTTPGetAction, …/Volume
REVISION_SPEC: Final = {
    "containerConcurrency", "containers", "nodeSelector", "serviceAccountName", "timeoutSeconds", "volumes",
}  # fmt: skip
CONTAINER: Final = {
    "args", "command", "env", "image", "livenessProbe", "name", "ports", "readinessProbe", "resources", "startupProbe",
    "volumeMounts", "workingDir",
}  # fmt: skip
PROBE: Final = {
    "failureThreshold", "grpc", "httpGet", "initialDelaySeconds", "periodSeconds", "tcpSocket", "timeoutSeconds",
}  # fmt: skip

# https://cloud.google.com/run/docs/configuring/services/gpu, …/services/cpu, …/services/memory-limits
GPU_LEAST_CPU: Final = 4
GPU_LEAST_GIB: Final = 16
MOST_CPU: Final = 8
MOST_GIB: Final = 32
CPUS: Final = (1, 2, 4, 6, 8)
"""Of one container."""
GIB_BY_CPU: Final = {1: 4, 2: 8, 4: 16, 6: 24, 8: 32}
"""The most memory that so many CPUs may have."""

# https://cloud.google.com/run/docs/configuring/healthchecks: failureThreshold × periodSeconds, of an instance with a GPU
START_SECONDS: Final = 1800
MOST_CONCURRENCY: Final = 1000
MOST_TIMEOUT: Final = 3600
