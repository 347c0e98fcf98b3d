"""Reads messages with secret, text and headers, a JSON object to a line, and says of each whether its signature is of the secret."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

for line in sys.stdin:
    message = json.loads(line)
    try:
        Webhook(message["secret"]).verify(message["text"], message["headers"])
        print("true", flush=True)
    except WebhookVerificationError:
        print("false", flush=True)
