"""Signs requests with botocore, AWS's own signer: a JSON list of requests on stdin, a JSON list of the signed ones on stdout."""
import datetime
import json
import sys
import time
from email.utils import formatdate
from types import SimpleNamespace

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def freeze(moment):
    """botocore asks the time in four ways, and its versions differ."""

    class Frozen(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return moment

        @classmethod
        def now(cls, tz=None):
            return moment.replace(tzinfo=datetime.timezone.utc).astimezone(tz)

    seconds = moment.replace(tzinfo=datetime.timezone.utc).timestamp()
    botocore.auth.datetime = SimpleNamespace(datetime=Frozen, timezone=datetime.timezone, timedelta=datetime.timedelta)
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: moment
    botocore.auth.time = SimpleNamespace(time=lambda: seconds, gmtime=time.gmtime, strftime=time.strftime)
    botocore.auth.formatdate = lambda timeval=None, **rest: formatdate(seconds if timeval is None else timeval, **rest)


def recording(signer, signed, stated_hash):
    """A signer that keeps what it signed, and takes the payload's hash as it is given."""

    class Recording(signer):
        def canonical_request(self, request):
            signed['canonicalRequest'] = super().canonical_request(request)
            return signed['canonicalRequest']

        def string_to_sign(self, request, canonical_request):
            signed['stringToSign'] = super().string_to_sign(request, canonical_request)
            return signed['stringToSign']

        def canonical_string(self, *args, **kwargs):
            signed['stringToSign'] = super().canonical_string(*args, **kwargs)
            return signed['stringToSign']

        if stated_hash is not None:
            def payload(self, request):
                return stated_hash

    return Recording


def sign(ask):
    date = ask.get('date')
    if date is None:
        freeze(datetime.datetime.utcnow())
    else:
        freeze(datetime.datetime.strptime(date[:19], '%Y-%m-%dT%H:%M:%S'))
    payload = 'UNSIGNED-PAYLOAD' if ask.get('payload') == 'unsigned' else ask.get('payload')
    credentials = Credentials(ask['accessKeyId'], ask['secretAccessKey'])
    place = (ask.get('service', 's3'), ask.get('region', 'us-east-1'))
    expires = ask.get('expires', 3600)
    signed = {}
    scheme = ask['scheme']
    if scheme == 'v4':
        signer = recording(botocore.auth.S3SigV4Auth, signed, payload)(credentials, *place)
    elif scheme == 'v4-presign':
        signer = recording(botocore.auth.S3SigV4QueryAuth, signed, payload)(credentials, *place, expires=expires)
    elif scheme == 'v2':
        signer = recording(botocore.auth.HmacV1Auth, signed, None)(credentials)
    else:
        signer = recording(botocore.auth.HmacV1QueryAuth, signed, None)(credentials, expires=expires)
    request = AWSRequest(method=ask.get('method', 'GET'), url=ask['url'], headers=ask.get('headers', {}))
    # What a client puts into the virtual-hosted style's string to sign; the URL has no bucket then.
    request.auth_path = ask.get('authPath')
    signer.add_auth(request)
    # HmacV1QueryAuth leaves the Expires that it signed in a Date header.
    unsent = ['Date'] if scheme == 'v2-presign' else []
    headers = {name: value for name, value in request.headers.items() if name not in unsent}
    return {**signed, 'url': request.url, 'headers': headers}


json.dump([sign(ask) for ask in json.load(sys.stdin)], sys.stdout)
