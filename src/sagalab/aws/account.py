"""The one account and region that the local cloud has, and the role that everything in it may take."""

ACCOUNT = "123456789012"
REGION = "us-east-1"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/sagalab"
