"""Does a step for each message of a queue, and emits the event that the next step waits for."""

import json

import boto3


def react(batch, step, emits):
    events = boto3.client("events")
    for record in batch["Records"]:
        detail = json.loads(record["body"])["detail"]
        step(detail, None)
        if emits is not None:
            events.put_events(Entries=[{"Source": "bench", "DetailType": emits, "Detail": json.dumps(detail)}])
