"""Makes the calls given on stdin through boto3; answers on stdout what each gave, or how it was refused."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
import jmespath
from botocore.exceptions import ClientError


def client(call):
    keys = call.get("credentials", {})
    return boto3.session.Session(aws_access_key_id=keys.get("accessKeyId"), aws_secret_access_key=keys.get("secretAccessKey")).client(call["service"])


def ask(service, call):
    """All pages, where the operation has pages."""
    method, parameters = call["method"], call.get("parameters", {})
    if service.can_paginate(method):
        return service.get_paginator(method).paginate(**parameters).build_full_result()
    return getattr(service, method)(**parameters)


def answer(call):
    try:
        service = client(call)
        if "waiter" in call:
            return {"found": service.get_waiter(call["waiter"]).wait(**call["parameters"], WaiterConfig={"Delay": 1, "MaxAttempts": 5})}
        return {"found": jmespath.search(call.get("query", "@"), ask(service, call))}
    except ClientError as error:
        return {"refused": {"code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}}


with ThreadPoolExecutor(4) as pool:
    json.dump(list(pool.map(answer, json.load(sys.stdin))), sys.stdout, default=lambda value: value.isoformat())
