"""Exchanges with a Docker API: the docker SDK recorded, attached streams, frames."""
