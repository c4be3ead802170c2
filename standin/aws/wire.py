"""The wire protocols of ECS, CloudWatch Logs, EC2 and STS, read and written by botocore's own service models."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from botocore.loaders import create_loader
from botocore.model import ListShape, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator

from standin.http import Response

Json = dict[str, Any]
Item = TypeVar("Item")
JSON_TARGETS = {"AmazonEC2ContainerServiceV20141113": "ecs", "Logs_20140328": "logs"}
FORM_VERSIONS = {"2016-11-15": "ec2", "2011-06-15": "sts"}
# How ECS and Logs, how EC2, and how STS say the same thing.
_CODES = {
    "unknown key": (("UnrecognizedClientException", 400), ("AuthFailure", 401), ("InvalidClientTokenId", 403)),
    "bad signature": (("InvalidSignatureException", 400), ("AuthFailure", 401), ("SignatureDoesNotMatch", 403)),
    "expired": (("ExpiredTokenException", 400), ("RequestExpired", 400), ("ExpiredToken", 403)),
    "denied": (("AccessDeniedException", 400), ("UnauthorizedOperation", 403), ("AccessDenied", 403)),
    "throttled": (("ThrottlingException", 400), ("RequestLimitExceeded", 503), ("Throttling", 400)),
    "unknown action": (("UnknownOperationException", 400), ("InvalidAction", 400), ("InvalidAction", 400)),
    "malformed": (("SerializationException", 400), ("UnknownParameter", 400), ("ValidationError", 400)),
    "bad value": (("InvalidParameterException", 400), ("InvalidParameterValue", 400), ("ValidationError", 400)),
}


class AwsError(Exception):
    """An answer in AWS's form: its error code and message, and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


def refusal(service: str, problem: str, message: str) -> AwsError:
    """The error by which ``service`` tells a problem that all services know."""
    code, status = _CODES[problem][{"ec2": 1, "sts": 2}.get(service, 0)]
    return AwsError(code, message, status)


@cache
def model(service: str) -> ServiceModel:
    """botocore's description of a service."""
    return ServiceModel(create_loader().load_service_model(service, "service-2"), service)


def addressed(headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
    """Service and action that a request names; the service is empty where it is none of ours."""
    prefix, _, action = headers.get("x-amz-target", "").partition(".")
    if action:
        return JSON_TARGETS.get(prefix, ""), action
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    return FORM_VERSIONS.get(form.get("Version", ""), ""), form.get("Action", "")


def parameters(service: str, action: str, body: bytes) -> Json:
    """The decoded parameters of a call; ``AwsError`` where they are not what the service's model asks for."""
    shape = model(service).operation_model(action).input_shape
    if service in JSON_TARGETS.values():
        try:
            params = json.loads(body)
        except ValueError as error:
            raise refusal(service, "malformed", f"the request is no JSON: {error}") from None
    else:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        used = {"Action", "Version"}
        params = (_read(shape, form, "", used) if shape else None) or {}
        if unknown := sorted(form.keys() - used):
            raise refusal(service, "malformed", f"The parameter {unknown[0]} is not recognized")
    if shape and (problem := ParamValidator().validate(params, shape).generate_report() or _unlisted(params, shape)):
        kind = "malformed" if problem.startswith(("Unknown", "Invalid type")) else "bad value"
        raise refusal(service, kind, problem.splitlines()[0])
    return dict(params)


def _read(shape: Shape, form: Mapping[str, str], prefix: str, used: set[str]) -> Any:
    """What an EC2 form says about ``shape`` below ``prefix``, None where it says nothing."""
    if isinstance(shape, StructureShape):
        names = {name: str(member.serialization.get("name", name)) for name, member in shape.members.items()}
        paths = {name: f"{prefix}.{text[0].upper()}{text[1:]}".lstrip(".") for name, text in names.items()}
        read = {name: _read(member, form, paths[name], used) for name, member in shape.members.items()}
        return {name: value for name, value in read.items() if value is not None} or None
    if isinstance(shape, ListShape):
        items: list[Any] = []
        while (item := _read(shape.member, form, f"{prefix}.{len(items) + 1}", used)) is not None:
            items.append(item)
        return items or None
    used.add(prefix)
    text = form.get(prefix)
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(str(text), text)
    return int(text) if text and shape.type_name == "integer" and text.isdigit() else text


def _unlisted(value: Any, shape: Shape) -> str:
    """What AWS checks and botocore leaves to it: values that must be one of a list."""
    if isinstance(shape, StructureShape):
        return next(filter(None, (_unlisted(value[n], m) for n, m in shape.members.items() if n in value)), "")
    if isinstance(shape, ListShape):
        return next(filter(None, (_unlisted(item, shape.member) for item in value)), "")
    allowed = shape.metadata.get("enum")
    return f"{value!r} is not one of {', '.join(allowed)}" if allowed and value not in allowed else ""


def page(items: Sequence[Item], params: Json, token_key: str, size: int) -> tuple[list[Item], dict[str, str]]:
    """One page of ``items`` and, while there are more, the token of the next one."""
    try:
        start = int(base64.b64decode(params.get(token_key, ""), validate=True) or 0)
    except ValueError:
        raise AwsError("InvalidParameterException", f"The specified {token_key} is invalid.") from None
    end = start + size
    token = {token_key: base64.b64encode(str(end).encode()).decode()} if end < len(items) else {}
    return list(items[start:end]), token


def success(service: str, action: str, value: Json) -> Response:
    """The answer to a call, in the protocol of its service."""
    if service in JSON_TARGETS.values():
        return _json_response(value, 200)
    described = model(service)
    root = ElementTree.Element(f"{action}Response", xmlns=str(described.metadata["xmlNamespace"]))
    shape = described.operation_model(action).output_shape
    if shape:
        _fill(root if service == "ec2" else ElementTree.SubElement(root, f"{action}Result"), shape, value)
    return _xml_response(root, 200)


def failure(service: str, error: AwsError) -> Response:
    """An error, in the protocol of the service that was asked."""
    if service not in FORM_VERSIONS.values():
        return _json_response({"__type": error.code, "message": str(error)}, error.status)
    root = ElementTree.Element("Response" if service == "ec2" else "ErrorResponse")
    node = ElementTree.SubElement(ElementTree.SubElement(root, "Errors") if service == "ec2" else root, "Error")
    ElementTree.SubElement(node, "Code").text = error.code
    ElementTree.SubElement(node, "Message").text = str(error)
    return _xml_response(root, error.status)


def _json_response(value: Json, status: int) -> Response:
    body = json.dumps(value, default=datetime.timestamp).encode()
    return Response(status, body, "application/x-amz-json-1.1", (("x-amzn-RequestId", str(uuid.uuid4())),))


def _xml_response(root: ElementTree.Element, status: int) -> Response:
    ElementTree.SubElement(root, "RequestID").text = str(uuid.uuid4())
    return Response(status, ElementTree.tostring(root, "utf-8", xml_declaration=True), "text/xml;charset=UTF-8")


def _fill(node: ElementTree.Element, shape: Shape, value: Any) -> None:
    """Write ``value`` into ``node``, member by member and item by item."""
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if name in value:
                child = ElementTree.SubElement(node, str(member.serialization.get("name", name)))
                _fill(child, member, value[name])
    elif isinstance(shape, ListShape):
        for item in value:
            _fill(ElementTree.SubElement(node, str(shape.member.serialization["name"])), shape.member, item)
    else:
        node.text = str(value).lower() if isinstance(value, bool) else str(value)
