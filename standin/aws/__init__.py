"""A simulator of the AWS that a Sockerless on ECS and this suite call: ECS, CloudWatch Logs, EC2, STS; no more."""
