"""One module per resource; importing this package fills the table that ``dispatcher`` reads."""

from standin.router import dispatcher
from standin.routes import containers, images, networks, streams, system, volumes

__all__ = ["containers", "dispatcher", "images", "networks", "streams", "system", "volumes"]
