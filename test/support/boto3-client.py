"""Calls S3 with boto3: one JSON object on stdin says what, a JSON list of what came is on stdout."""
import base64
import json
import socket
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ask = json.load(sys.stdin)
key_pair = ask.get('keyPair')

if ask.get('everyHostIsLoopback'):
    resolve = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *rest, **more: resolve('127.0.0.1', *rest, **more)

settings = {'s3': {'addressing_style': ask.get('addressing', 'auto')}, 'retries': {'total_max_attempts': 1}}
if 'signatureVersion' in ask:
    settings['signature_version'] = ask['signatureVersion']
client = boto3.client(
    's3',
    endpoint_url=ask['endpoint'],
    config=Config(**settings),
    aws_access_key_id=key_pair['accessKeyId'],
    aws_secret_access_key=key_pair['secretAccessKey'],
)


def call(parameters):
    if 'presignedFor' in ask:
        url = client.generate_presigned_url('get_object_torrent', Params=parameters, ExpiresIn=ask['presignedFor'])
        return {'url': url}
    try:
        answer = client.get_object_torrent(**parameters)
    except ClientError as error:
        return {
            'code': error.response['Error']['Code'],
            'message': error.response['Error']['Message'],
            'status': error.response['ResponseMetadata']['HTTPStatusCode'],
        }
    return {
        'torrent': base64.b64encode(answer['Body'].read()).decode(),
        'requestCharged': answer.get('RequestCharged'),
        'status': answer['ResponseMetadata']['HTTPStatusCode'],
    }


json.dump([call(parameters) for parameters in ask['calls']], sys.stdout)
