# The suite as an image:  docker build -t acceptance .
#   docker run --rm -v /var/run/sockerless.sock:/var/run/sockerless.sock -v "$PWD/reports:/work/reports" acceptance
# BASE is any image with Python 3.11 or newer and its venv module. LOCK=requirements-standin.lock adds the stand-in's
# PostgreSQL, with which the suite can be tried without any daemon.
ARG BASE=python:3.12-slim

FROM ${BASE} AS build
ARG LOCK=requirements.lock
COPY . /src/
RUN python3 -m venv /opt/acceptance \
    && /opt/acceptance/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r "/src/$LOCK" \
    && /opt/acceptance/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps /src

FROM ${BASE}
COPY --from=build /opt/acceptance /opt/acceptance
WORKDIR /work
ENTRYPOINT ["/opt/acceptance/bin/sockerless-acceptance"]
