# Triton with one model, for an NVIDIA L4.
#
#   docker buildx build -f triton.Dockerfile \
#     --build-arg TRITON_IMAGE="nvcr.io/nvidia/tritonserver@$(docker buildx imagetools inspect \
#         nvcr.io/nvidia/tritonserver:25.06-py3 --format '{{.Manifest.Digest}}')" \
#     --build-arg REVISION="$(git rev-parse HEAD)" --build-context checkpoint=FOLDER_WITH_CKPT_BASE_PTH -t triton .
#
# docs/images.md tells how engines come into it, and how to build it from a model that is exported already.

ARG PYTHON_IMAGE=python:3.13-slim@sha256:8d9d0b8bcf6506481eae4907c18f5e3e7902e629f5f6d684f9e7c32e85e3ddf0
# 25.06 has Triton 2.59, TensorRT 10.11, ONNX Runtime 1.22 and CUDA 12.9, which runs on the driver 535 of Cloud Run; from 25.08
# on it is CUDA 13, which was seen to fail there. A build wants the digest, which only the registry can tell.
ARG TRITON_IMAGE=nvcr.io/nvidia/tritonserver:25.06-py3

# The weights' folder: --build-context checkpoint=FOLDER takes the place of this stage.
FROM scratch AS checkpoint

# A checkpoint becomes a model, behind the gates: the file is the one its author published, the graph is the network, what
# lies in the repository is both.
FROM ${PYTHON_IMAGE} AS export
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY export.lock ./
RUN pip install --require-hashes --only-binary :all: --no-deps -r export.lock
COPY pyproject.toml README.md LICENSE THIRD_PARTY.md ./
COPY checkpoints/ checkpoints/
COPY report/ report/
COPY export/ export/
RUN pip install --no-deps --no-index --no-build-isolation .
ARG MODEL=inspyrenet
ARG VARIANT=base
ARG CHECKPOINT=ckpt_base.pth
COPY model_repository/${MODEL}/ /models/${MODEL}/
RUN --mount=type=bind,from=checkpoint,target=/checkpoint \
    python -m export fetch "${VARIANT}" --from "/checkpoint/${CHECKPOINT}" --cache /tmp/cache \
    && python -m export onnx --variant "${VARIANT}" --cache /tmp/cache --repository /models --version 1 \
    && python -m export verify "${MODEL}/1" --cache /tmp/cache --repository /models \
    && rm -r /tmp/cache

# The repository: --build-context models=FOLDER takes the place of this stage and of the export, with the engines that
# `python -m export engine` has put beside the versions.
FROM scratch AS models
ARG MODEL=inspyrenet
COPY --from=export /models/${MODEL}/ /${MODEL}/

FROM ${PYTHON_IMAGE} AS engines
WORKDIR /opt/cutout
COPY deploy/__init__.py deploy/__init__.py
COPY deploy/triton/ deploy/triton/
RUN --mount=type=bind,from=models,target=/models python -m deploy.triton.gather /models /engines

FROM ${TRITON_IMAGE}
ARG TRITON_IMAGE
RUN case "${TRITON_IMAGE}" in *@sha256:*) ;; *) \
        echo 'name the digest of TRITON_IMAGE: the head of triton.Dockerfile has the command' >&2; exit 1 ;; esac
# The other backends would never be loaded; without them they cannot be, whatever a model's configuration says. Of what
# `environment` of deploy/triton/flags.py preloads, the image has a copy; a build without it fails here.
RUN find /opt/tritonserver/backends -mindepth 1 -maxdepth 1 ! -name onnxruntime -exec rm -r {} + \
    && ldconfig -p | grep -q libjemalloc.so.2
WORKDIR /opt/cutout
COPY deploy/__init__.py deploy/healthcheck.py deploy/
COPY deploy/triton/ deploy/triton/
# Below 10 GB weights belong into the image: it is there when the container starts, and ready means that they are on the GPU.
COPY --from=models / /models/
COPY --from=engines --chown=1000:1000 /engines/ /engines/
ARG MODEL=inspyrenet
ARG REVISION
RUN test -n "${REVISION}" \
    || { echo 'name the revision: --build-arg REVISION="$(git rev-parse HEAD)"' >&2; exit 1; }
LABEL org.opencontainers.image.title="inspyrenet-service triton" \
      org.opencontainers.image.description="Background removal as a service: Triton with the model" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${TRITON_IMAGE}"
ENV CUTOUT_MODEL=${MODEL} \
    PYTHONDONTWRITEBYTECODE=1
# NVIDIA's own user of that number is in the image: triton-server.
USER 1000:1000
# HTTP for probes, gRPC for the gateway, metrics; on localhost unless CUTOUT_TRITON_ADDRESS says otherwise.
EXPOSE 8000 8001 8002
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s \
    CMD ["python3", "-I", "-S", "deploy/healthcheck.py", "http://127.0.0.1:8000/v2/models/$CUTOUT_MODEL/ready"]
# Not through NVIDIA's own entry point: it prints a page and puts the libraries of "forward compatibility" in place, which
# CUDA 12 does not need on a driver of CUDA 12, and which failed with error 803 on Cloud Run.
ENTRYPOINT ["python3", "-m", "deploy.triton"]
