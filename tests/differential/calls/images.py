"""Pull and inspect."""

from __future__ import annotations

from tests.differential.calls.call import Call

_NO_ID = "sha256:" + 64 * "0"

CALLS = (
    # TST-011 AC-2. Both daemons hold the image: what a first pull prints differs from registry to registry.
    Call("pull by name and tag", "", "POST /images/create?fromImage=alpine&tag=latest"),
    Call("pull with the tag in the name", "", "POST /images/create?fromImage=alpine:latest"),
    Call("pull by digest", "", "POST /images/create?fromImage={digest}"),
    Call("pull by digest as tag", "", "POST /images/create?fromImage=alpine&tag={digest:only}"),
    Call("pull what no registry knows", "", "POST /images/create?fromImage=no-such-image&tag=latest"),
    Call("pull a tag that does not exist", "", "POST /images/create?fromImage=alpine&tag=no-such-tag"),
    Call("pull a malformed name", "", "POST /images/create?fromImage=UPPER/Case&tag=latest"),
    Call("pull a malformed tag", "", "POST /images/create?fromImage=alpine&tag=a:b"),
    Call("pull nothing", "", "POST /images/create"),
    # TST-011 AC-3; the recorded runner asks by tag, by id and by digest.
    Call("inspect an image by tag", "", "GET /images/alpine:latest/json"),
    Call("inspect an image by name", "", "GET /images/alpine/json"),
    Call("inspect an image by id", "", "GET /images/{image}/json"),
    Call("inspect an image by short id", "", "GET /images/{image:12}/json"),
    Call("inspect an image by digest", "", "GET /images/{digest}/json"),
    Call("inspect the service's image", "", "GET /images/postgres:16-alpine/json"),
    Call("inspect an unknown image", "", "GET /images/no-such-image:latest/json"),
    Call("inspect an unknown tag", "", "GET /images/alpine:no-such-tag/json"),
    Call("inspect an unknown image id", "", f"GET /images/{_NO_ID}/json"),
    Call("inspect a malformed image name", "", "GET /images/UPPER:latest/json"),
)
