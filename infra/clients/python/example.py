"""Publishes a workflow, starts it by an event, follows the run, and takes the workflow away again.

    DESKHAND_URL=http://127.0.0.1:8080 python3 infra/clients/python/example.py
"""

import os
import sys
import time
import uuid

from deskhand import Desk, Problem

PATIENCE = 60  # seconds


def main():
    desk = Desk(os.environ.get("DESKHAND_URL", "http://127.0.0.1:8080"), os.environ.get("DESKHAND_TOKEN"))
    mark = "py" + uuid.uuid4().hex[:8]
    workflow = desk.postWorkflows(body={
        "name": f"Late trains {mark}",
        "definition": {
            "trigger": {"type": "event", "params": {"detailType": f"train.late.{mark}"},
                        "conditions": {"field": "detail.minutes", "op": "gte", "value": 5}},
            "nodes": [
                {"id": "how", "type": "branch", "params": {"cases": [
                    {"id": "very", "when": {"field": "detail.minutes", "op": "gt", "value": 60}}]}},
                {"id": "refund", "type": "set", "params": {"values": {"text": "A refund for {{detail.train}}"}}},
                {"id": "sorry", "type": "set", "params": {"values": {"text": "Sorry about {{detail.train}}"}}}],
            "edges": [
                {"from": "trigger", "to": "how"},
                {"from": "how", "output": "very", "to": "refund"},
                {"from": "how", "output": "otherwise", "to": "sorry"}]}})
    try:
        version = desk.postWorkflowsIdPublish(id=workflow["id"], If_Match=workflow["draft"]["revision"], body={"note": "from Python"})
        desk.postWorkflowsIdEnable(id=workflow["id"])
        print(f"published {workflow['name']!r} as version {version['version']}")
        event = desk.postEvents(body={"type": f"train.late.{mark}", "detail": {"train": "IR 70", "minutes": 75}})
        run = follow(desk, workflow["id"])
        print(f"event {event['id']} started {run['id']}: {run['status']}")
        for step in run["steps"]:
            print(f"  {step['nodeId']}: {step['status']}, {step.get('output')}")
        return run["status"] == "succeeded" and [s["nodeId"] for s in run["steps"]] == ["how", "refund"]
    finally:
        desk.deleteWorkflowsId(id=workflow["id"])


def follow(desk, workflow):
    """The workflow's run, when it has ended."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for run in desk.each("getRuns", workflow=workflow):
            if run["status"] in ("succeeded", "failed", "stopped"):
                return desk.getRunsId(id=run["id"])
        time.sleep(0.5)
    raise SystemExit(f"no run has ended within {PATIENCE} seconds")


if __name__ == "__main__":
    try:
        sys.exit(0 if main() else 1)
    except Problem as problem:
        print(problem, file=sys.stderr)
        for p in problem.problems:
            print(f"  {p['node']} {p['path']}: {p['message']}", file=sys.stderr)
        sys.exit(1)
