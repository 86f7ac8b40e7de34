"""Edits that several wrong designs share: other plans, another drawing, a cell that was given."""

from __future__ import annotations

from tests.submissions.recipes import Edit, Notebook

# An operator's plan for an outage of the mailer, by approach: for designs that do not stop at the warehouse.
MAIL_A: list[Edit] = [
    (
        'approach="orchestration",\n        fault=Fault("unavailable", target="warehouse.reserve", lasts=minutes(40))',
        'approach="orchestration",\n        fault=Fault("unavailable", target="mailer.send", lasts=minutes(40))',
    )
]
MAIL_B: list[Edit] = [
    (
        'approach="choreography",\n        fault=Fault("unavailable", target="warehouse.reserve", lasts=minutes(40))',
        'approach="choreography",\n        fault=Fault("unavailable", target="mailer.send", lasts=minutes(40))',
    ),
    ('signals.queue("inventory-dlq")', 'signals.queue("notification-dlq")'),
]
# Redrives dead executions where the reference starts new ones: no step is done a second time.
REDRIVE: list[Edit] = [
    (
        "    for text in unresolved_executions():\n"
        '        order_id = json.loads(text)["orderId"]\n'
        "        # The old name is refused for good; the old input keeps order and correlation id.\n"
        '        sfn.start_execution(stateMachineArn=ORDER_FLOW, name=f"order-{order_id}-again", input=text)\n',
        '    for run in sfn.list_executions(stateMachineArn=ORDER_FLOW, statusFilter="FAILED")["executions"]:\n'
        '        sfn.redrive_execution(executionArn=run["executionArn"])\n',
    )
]
NO_NOTIFICATION_DLQ: list[Edit] = [
    ('for name in ("payment", "inventory", "notification")}', 'for name in ("payment", "inventory")}')
]
# A table beside the payment functions, as a learner who deploys one draws it.
TABLE_IMPORT: Edit = (
    "from diagrams.aws.compute import Lambda\n",
    "from diagrams.aws.compute import Lambda\nfrom diagrams.aws.database import Dynamodb\n",
)
TABLE_A: list[Edit] = [
    TABLE_IMPORT,
    ('>> Lambda("charge-payment")', '>> Lambda("charge-payment") >> Edge(label="remembers") >> Dynamodb("inbox")'),
]
TABLE_B: list[Edit] = [
    TABLE_IMPORT,
    (
        '        if name != "notification":\n',
        '        if name == "payment":\n'
        '            service >> Edge(label="remembers") >> Dynamodb("inbox")\n'
        '        if name != "notification":\n',
    ),
]
TABLE_DEPLOYED: Edit = (
    'charge_payment = deploy_function("charge-payment"',
    'boto3.client("dynamodb").create_table(\n'
    '    TableName="inbox", BillingMode="PAY_PER_REQUEST",\n'
    '    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],\n'
    '    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],\n'
    ")\n"
    'charge_payment = deploy_function("charge-payment"',
)


def given(notebook: Notebook, *edits: Edit) -> Notebook:
    """Replaces text in cells that were given to learners; each old text stands in one of them, once."""
    for old, new in edits:
        cells = [
            cell
            for cell in notebook.cells
            if cell.cell_type == "code" and "nbgrader" not in cell.metadata and old in cell.source
        ]
        if len(cells) != 1 or cells[0].source.count(old) != 1:
            raise LookupError(f"this stands in {len(cells)} of the given cells, not once in one:\n{old}")
        cells[0].source = cells[0].source.replace(old, new)
    return notebook
