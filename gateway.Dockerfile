# The gateway: HTTP in front of a Triton elsewhere, without weights, torch or a compiler.
#
#   docker buildx build -f gateway.Dockerfile --build-arg REVISION="$(git rev-parse HEAD)" -t gateway .
#
# docs/images.md tells what is in it, what it writes, and how large it is.

# Python 3.13.15 on Debian 13, for amd64 and arm64: the index that `docker buildx imagetools inspect python:3.13-slim` names.
ARG PYTHON_IMAGE=python:3.13-slim@sha256:8d9d0b8bcf6506481eae4907c18f5e3e7902e629f5f6d684f9e7c32e85e3ddf0

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
# Without pip: nothing is installed into it later.
RUN python -m venv --without-pip /venv
COPY gateway.lock build.lock ./
# Digests for everything, wheels only: no setup.py of others runs, and no compiler is needed.
RUN pip --python /venv/bin/python install --require-hashes --only-binary :all: --no-deps -r gateway.lock \
    && pip install --require-hashes --only-binary :all: --no-deps -r build.lock
COPY pyproject.toml README.md LICENSE THIRD_PARTY.md ./
COPY checkpoints/ checkpoints/
COPY report/ report/
COPY gateway/ gateway/
# pip compiles what it installs: a first start that compiles a thousand files itself takes seconds, on every instance.
RUN pip wheel --no-deps --no-index --no-build-isolation --wheel-dir /wheels . \
    && pip --python /venv/bin/python install --no-deps --no-index /wheels/*.whl

FROM ${PYTHON_IMAGE}
COPY --from=build /venv /venv
COPY deploy/healthcheck.py /opt/cutout/healthcheck.py
# Last, because it changes with every commit. /version shows it: which code runs is asked of the code that runs.
ARG REVISION
RUN test -n "${REVISION}" \
    || { echo 'name the revision: --build-arg REVISION="$(git rev-parse HEAD)"' >&2; exit 1; }
LABEL org.opencontainers.image.title="inspyrenet-service gateway" \
      org.opencontainers.image.description="Background removal as a service: the HTTP gateway" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${REVISION}"
# What is not set here is the operator's: README.md has the table. HOME is where a start may note how long it took; where
# nothing can be written, it goes on without. A store of its own would be memory of a container: none unless one is named.
ENV CUTOUT_HOST=0.0.0.0 \
    CUTOUT_LOG_FORMAT=json \
    CUTOUT_REVISION=${REVISION} \
    CUTOUT_STORE=off \
    CUTOUT_TRITON=localhost:8001 \
    HOME=/tmp \
    PORT=8080 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# A number, so that a platform that demands a user other than root can see that it is one.
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["/venv/bin/python", "-I", "-S", "/opt/cutout/healthcheck.py", "http://127.0.0.1:$PORT/health/live"]
# No shell in between: SIGTERM reaches the gateway, which finishes what it has accepted within seven seconds. -P: the folder
# it starts in is not searched for modules.
ENTRYPOINT ["/venv/bin/python", "-P", "-m", "gateway"]
CMD ["serve"]
