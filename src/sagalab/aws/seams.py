"""The places in moto that our patches hold on to. Start-up fails in words when one is gone."""

from __future__ import annotations

import importlib
from importlib.metadata import version

from sagalab.errors import SetupError

MOTO = "5.2.5"
SEAMS = (
    "moto.core.botocore_stubber:BotocoreStubber.process_request",
    "moto.core.models:botocore_stubber",
    "moto.core.utils:utcnow",
    "moto.core.utils:method_names_from_class",
    "moto.core.utils:camelcase_to_underscores",
    "moto.moto_api._internal:mock_random",
    "moto.awslambda.models:LambdaFunction._invoke_lambda",
    "moto.awslambda.models:LambdaFunction.invoke",
    "moto.awslambda.models:LambdaBackend.create_event_source_mapping",
    "moto.awslambda.models:LambdaBackend.create_function",
    "moto.awslambda.models:LambdaBackend.put_function_concurrency",
    "moto.awslambda.models:LambdaBackend.update_function_code",
    "moto.awslambda.models:LambdaBackend.update_function_configuration",
    "moto.awslambda.models:LambdaStorage.get_function_by_name_or_arn_with_qualifier",
    "moto.awslambda.models:LambdaStorage.get_function_by_name_or_arn_forbid_qualifier",
    "moto.awslambda.models:LambdaStorage.del_function",
    "moto.awslambda.models:LambdaBackend.put_function_event_invoke_config",
    "moto.awslambda.models:LambdaFunction.update_configuration",
    "moto.awslambda.models:LambdaFunction.get_configuration",
    "moto.awslambda.models:LambdaBackend.list_event_source_mappings",
    "moto.awslambda.models:LambdaBackend.update_event_source_mapping",
    "moto.awslambda.models:LambdaBackend.delete_event_source_mapping",
    "moto.awslambda.models:EventSourceMapping.get_configuration",
    "moto.awslambda.models:EventInvokeConfig.response",
    "moto.awslambda.responses:LambdaResponse.create_event_source_mapping",
    "moto.awslambda.responses:LambdaResponse.update_event_source_mapping",
    "moto.awslambda.exceptions:LambdaClientError.description",
    "moto.iam.models:IAMBackend.attach_role_policy",
    "moto.sqs.models:Queue.url",
    "moto.sqs.models:Queue.add_message",
    "moto.sqs.models:Queue.delete_message",
    "moto.sqs.models:Queue.pending_message_groups",
    "moto.sqs.models:Queue.BASE_ATTRIBUTES",
    "moto.sqs.models:Queue.attributes",
    "moto.sqs.models:Message.mark_received",
    "moto.sqs.models:Message.visible",
    "moto.core.responses:determine_request_protocol",
    "moto.sqs.responses:SQSResponse._dispatch",
    "moto.sqs.responses:SQSResponse.create_queue",
    "moto.sqs.responses:SQSResponse.set_queue_attributes",
    "moto.sqs.responses:SQSResponse.get_queue_attributes",
    "moto.sqs.responses:SQSResponse.get_queue_url",
    "moto.sqs.responses:SQSResponse.list_queues",
    "moto.sqs.responses:SQSResponse.list_queue_tags",
    "moto.sqs.responses:SQSResponse.list_dead_letter_source_queues",
    "moto.sqs.models:SQSBackend.list_queues",
    "moto.sqs.responses:SQSResponse.receive_message",
    "moto.sqs.responses:SQSResponse.delete_message",
    "moto.sqs.responses:SQSResponse.change_message_visibility",
    "moto.sqs.responses:SQSResponse.send_message_batch",
    "moto.sqs.responses:SQSResponse.delete_message_batch",
    "moto.sqs.responses:SQSResponse.change_message_visibility_batch",
    "moto.sqs.responses:validate_message_attributes",
    "moto.core.serialize:BaseJSONSerializer._get_protocol_specific_error_code",
    "moto.core.serialize:BaseJSONSerializer._serialized_error_to_response",
    "moto.core.serialize:BaseXMLSerializer._serialize_error_metadata",
    "moto.sqs.models:SQSBackend.receive_message",
    "moto.sqs.models:SQSBackend.send_message",
    "moto.sqs.models:SQSBackend.send_message_batch",
    "moto.sqs.models:SQSBackend.change_message_visibility",
    "moto.sqs.models:SQSBackend.change_message_visibility_batch",
    "moto.sqs.models:SQSBackend.get_queue_attributes",
    "moto.sqs.models:SQSBackend.purge_queue",
    "moto.sqs.models:SQSBackend.create_queue",
    "moto.sqs.models:SQSBackend.delete_queue",
    "moto.sqs.models:SQSBackend.add_permission",
    "moto.cloudwatch.responses:CloudWatchResponse.get_metric_statistics",
    "moto.cloudwatch.responses:CloudWatchResponse.get_metric_data",
    "moto.cloudwatch.responses:CloudWatchResponse.list_metrics",
    "moto.cloudwatch.responses:CloudWatchResponse.describe_alarms",
    "moto.cloudwatch.responses:CloudWatchResponse.describe_alarms_for_metric",
    "moto.cloudwatch.models:CloudWatchBackend.put_metric_data",
    "moto.cloudwatch.models:CloudWatchBackend.put_metric_alarm",
    "moto.cloudwatch.models:CloudWatchBackend.set_alarm_state",
    "moto.cloudwatch.models:CloudWatchBackend.put_insight_rule",
    "moto.events.models:Rule.send_to_targets",
    "moto.events.models:EventsBackend.put_events",
    "moto.events.models:EventPatternParser.parse",
    "moto.events.models:EventPattern.matches_event",
    "moto.events.models:EventsBackend.put_rule",
    "moto.events.models:EventsBackend.describe_rule",
    "moto.events.models:EventsBackend.put_targets",
    "moto.events.models:EventsBackend.disable_rule",
    "moto.events.models:EventsBackend.enable_rule",
    "moto.events.models:EventsBackend.list_targets_by_rule",
    "moto.events.models:EventsBackend.list_rules",
    "moto.events.models:EventsBackend.list_rule_names_by_target",
    "moto.events.models:EventsBackend.list_event_buses",
    "moto.events.responses:EventsHandler.list_event_buses",
    "moto.events.responses:EventsHandler.list_archives",
    "moto.events.responses:EventsHandler.list_replays",
    "moto.events.models:EventsBackend.create_event_bus",
    "moto.events.models:EventsBackend.delete_event_bus",
    "moto.events.models:EventsBackend.create_archive",
    "moto.events.models:EventsBackend.update_archive",
    "moto.events.models:EventsBackend.start_replay",
    "moto.events.models:EventsBackend.list_replays",
    "moto.events.models:EventsBackend.cancel_replay",
    "moto.events.models:Replay.replay_events",
    "moto.events.models:Replay.describe_short",
    "moto.events.models:Rule.put_targets",
    "moto.events.responses:EventsHandler.test_event_pattern",
    "moto.dynamodb.comparisons:ConditionExpressionParser.parse",
    "moto.dynamodb.comparisons:OpLessThan.expr",
    "moto.dynamodb.comparisons:OpGreaterThan.expr",
    "moto.dynamodb.comparisons:OpLessThanOrEqual.expr",
    "moto.dynamodb.comparisons:OpGreaterThanOrEqual.expr",
    "moto.dynamodb.comparisons:FuncBetween.expr",
    "moto.dynamodb.responses:DynamoHandler.scan",
    "moto.dynamodb.responses:DynamoHandler.query",
    "moto.dynamodb.models:DynamoDBBackend.update_item",
    "moto.sns.models:Subscription.publish",
    "moto.sns.models:SNSBackend.publish",
    "moto.sns.models:SNSBackend.subscribe",
    "moto.sns.models:SNSBackend._get_values_nexttoken",
    "moto.sns.models:SNSBackend.get_topic",
    "moto.sns.models:SNSBackend.set_subscription_attributes",
    "moto.sns.models:SNSBackend.create_topic",
    "moto.sns.models:SNSBackend.unsubscribe",
    "moto.sns.responses:SNSResponse.get_topic_attributes",
    "moto.sns.responses:SNSResponse.set_topic_attributes",
    "moto.sns.responses:SNSResponse._transform_message_attributes",
    "moto.sns.responses:SNSResponse.subscribe",
    "moto.sns.responses:SNSResponse.set_subscription_attributes",
    "moto.sns.responses:SNSResponse.publish",
    "moto.sns.responses:SNSResponse.publish_batch",
    "moto.sns.models:SNSBackend._validate_filter_policy",
    "moto.sns.responses:SNSResponse.subscribe",
    "moto.sns.models:SNSBackend.get_subscription_attributes",
    "moto.sns.utils:FilterPolicyMatcher.matches",
    "moto.sns.models:SNSBackend.publish_batch",
    "moto.stepfunctions.parser.models:StepFunctionsParserBackend.start_execution",
    "moto.stepfunctions.parser.backend.execution:BaseExecutionWorkerCommunication.terminated",
    "moto.stepfunctions.parser.backend.execution_worker:ExecutionWorker._get_evaluation_environment",
    "moto.stepfunctions.parser.models:StepFunctionsParserBackend._validate_definition",
    "moto.stepfunctions.parser.models:StepFunctionsParserBackend.create_state_machine",
    "moto.stepfunctions.parser.asl.parse.preprocessor:Preprocessor._inner_string_of",
    "moto.stepfunctions.parser.models:StepFunctionsParserBackend._get_executions",
    "moto.stepfunctions.parser.asl.parse.preprocessor:Preprocessor.visitState_machine",
    "moto.stepfunctions.parser.backend.execution_worker:ExecutionWorker._execution_logic",
    "moto.stepfunctions.parser.asl.eval.event.event_manager:EventManager._publish_history_event",
    "moto.stepfunctions.parser.asl.eval.event.event_manager:EventManager.add_event",
    "moto.stepfunctions.parser.asl.component.program.program:Program.eval",
    "moto.stepfunctions.parser.asl.component.state.state:CommonStateField._set_next",
    "moto.stepfunctions.parser.asl.jsonata.jsonata:_eval_jsonata",
    "moto.stepfunctions.parser.asl.utils.json_path:_is_singleton_array_access",
    "moto.stepfunctions.parser.asl.parse.asl_parser:AmazonStateLanguageParser.parse",
    "moto.stepfunctions.parser.asl.component.eval_component:EvalComponent.heap_key",
    "moto.stepfunctions.parser.asl.utils.boto_client:boto_client_for",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback"
    ":StateTaskServiceCallback._eval_execution",
    "moto.stepfunctions.responses:StepFunctionResponse.send_task_failure",
    "moto.stepfunctions.responses:StepFunctionResponse.send_task_success",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback"
    ":StateTaskServiceCallback._from_error",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn"
    ":StateTaskServiceSfn._normalise_parameters",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn"
    ":StateTaskServiceSfn._normalise_response",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn"
    ":StateTaskServiceSfn._from_error",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn"
    ":StateTaskServiceSfn._build_sync_resolver",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn"
    ":StateTaskServiceSfn._build_sync2_resolver",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sqs"
    ":StateTaskServiceSqs._from_error",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_events"
    ":StateTaskServiceEvents._from_error",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk"
    ":StateTaskServiceAwsSdk._normalise_parameters",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk"
    ":StateTaskServiceAwsSdk._normalise_response",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk"
    ":StateTaskServiceAwsSdk._normalise_service_error_name",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service"
    ":StateTaskService._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service"
    ":StateTaskService._from_boto_response_value",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb"
    ":StateTaskServiceDynamoDB._eval_service_task",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb"
    ":StateTaskServiceDynamoDB._from_error",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sqs"
    ":StateTaskServiceSqs._eval_service_task",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sns"
    ":StateTaskServiceSns._eval_service_task",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda"
    ":StateTaskServiceLambda._eval_service_task",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn"
    ":StateTaskServiceSfn._eval_service_task",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda:lambda_eval_utils",
    "moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker:BranchWorker.stop",
    "moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.inline_iteration_component"
    ":InlineIterationComponent._eval_body",
    "moto.awslambda.models:LambdaBackend.invoke",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda:StateTaskLambda._from_error",
    "moto.stepfunctions.parser.asl.component.state.choice.state_choice:StateChoice._eval_state",
    "moto.stepfunctions.parser.asl.component.state.choice.state_choice:StateChoice._eval_state_output",
    "moto.stepfunctions.parser.asl.parse.preprocessor:Preprocessor.visitChoice_rule_comparison_variable",
    "moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_func:ComparisonFuncValue._eval_body",
    "moto.stepfunctions.parser.asl.component.state.choice.comparison.operator.implementations.is_operator"
    ":IsTimestamp.string_to_timestamp",
    "moto.stepfunctions.parser.asl.component.state.choice.comparison.operator.implementations.string_operators"
    ":StringMatches._compare",
    "moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.array.array_range:ArrayRange._eval_body",
    "moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.array.array_get_item"
    ":ArrayGetItem._eval_body",
    "moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.array.array_unique"
    ":ArrayUnique._eval_body",
    "moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.array.array_contains"
    ":ArrayContains._eval_body",
    "moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.math_operations.math_random"
    ":MathRandom._eval_body",
    "moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.encoding_decoding.base_64_encode"
    ":Base64Encode._eval_body",
    "moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.encoding_decoding.base_64_decode"
    ":Base64Decode._eval_body",
    "moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_variable:ComparisonVariable._eval_body",
    "moto.stepfunctions.parser.asl.component.common.string.string_expression:StringJSONata._eval_body",
    "moto.stepfunctions.parser.asl.eval.environment:Environment.set_error",
    "moto.stepfunctions.responses:StepFunctionResponse.describe_execution",
    "moto.stepfunctions.responses:StepFunctionResponse.get_execution_history",
    "moto.stepfunctions.responses:StepFunctionResponse.stop_execution",
    "moto.core.exceptions:AWSError.TYPE",
    "moto.stepfunctions.responses:StepFunctionResponse.start_execution",
    "moto.stepfunctions.responses:StepFunctionResponse.describe_state_machine_for_execution",
    "moto.stepfunctions.responses:StepFunctionResponse.list_executions",
    "moto.stepfunctions.parser.models:StepFunctionsParserBackend.describe_map_run",
    "moto.stepfunctions.parser.models:StepFunctionsParserBackend.update_map_run",
    "moto.stepfunctions.parser.models:StepFunctionsParserBackend.send_task_success",
    "moto.stepfunctions.parser.models:StepFunctionsParserBackend.send_task_failure",
    "moto.stepfunctions.parser.models:StepFunctionsParserBackend.send_task_heartbeat",
    "moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl:ErrorEqualsDecl._eval_body",
    "moto.stepfunctions.parser.asl.component.eval_component:EvalComponent.eval",
    "moto.stepfunctions.parser.asl.component.state.exec.execute_state:ExecutionState._evaluate_with_timeout",
    "moto.stepfunctions.parser.asl.component.state.exec.execute_state:ExecutionState.from_state_props",
    "moto.stepfunctions.parser.asl.component.state.state:CommonStateField._eval_body",
    "moto.stepfunctions.parser.asl.component.state.state:StateData",
    "moto.stepfunctions.parser.backend.execution:Execution.get_start_execution_details",
    "moto.stepfunctions.parser.asl.parse.preprocessor:Preprocessor.visitString_intrinsic_function",
    "moto.stepfunctions.parser.asl.parse.intrinsic.preprocessor:Preprocessor.visitFunc_arg_float",
    "moto.stepfunctions.parser.asl.parse.intrinsic.preprocessor:Preprocessor._text_of_str",
    "moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.generic.string_format"
    ":StringFormat._eval_body",
    "moto.stepfunctions.parser.asl.component.common.string.string_expression:StringIntrinsicFunction._eval_body",
    "moto.stepfunctions.parser.asl.component.common.path.result_path:ResultPath._eval_body",
    "moto.stepfunctions.parser.asl.component.common.timeouts.timeout:TimeoutSecondsPath._eval_seconds",
    "moto.stepfunctions.parser.asl.component.common.timeouts.heartbeat:HeartbeatSecondsPath._eval_seconds",
    "moto.stepfunctions.parser.asl.component.common.timeouts.timeout:TimeoutSecondsJSONata._eval_seconds",
    "moto.stepfunctions.parser.asl.component.common.timeouts.heartbeat:HeartbeatSecondsJSONata._eval_seconds",
    "moto.stepfunctions.parser.asl.component.state.exec.state_map.max_concurrency:MaxConcurrencyJSONata._eval_max_concurrency",
    "moto.stepfunctions.parser.asl.component.state.exec.state_map.tolerated_failure"
    ":ToleratedFailureCountStringJSONata._eval_tolerated_failure_count",
    "moto.stepfunctions.parser.asl.component.state.exec.state_map.tolerated_failure"
    ":ToleratedFailurePercentageStringJSONata._eval_tolerated_failure_percentage",
    "moto.stepfunctions.parser.asl.parse.preprocessor:Preprocessor.visitTolerated_failure_count_string_jsonata",
    "moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp:Timestamp._get_wait_seconds",
    "moto.stepfunctions.parser.asl.component.state.fail.error_decl:Error._eval_body",
    "moto.stepfunctions.parser.asl.component.state.fail.cause_decl:Cause._eval_body",
    "moto.stepfunctions.parser.asl.component.common.string.string_expression:StringVariableSample._eval_body",
    "moto.stepfunctions.parser.asl.utils.json_path:_contains_slice_or_wildcard_array",
    "moto.stepfunctions.parser.asl.jsonata.jsonata:_ILLEGAL_VARIABLE_REFERENCES",
    "moto.stepfunctions.parser.asl.utils.encoding:json",
    "moto.stepfunctions.parser.asl.eval.states:States.to_variable_declarations",
    "moto.stepfunctions.parser.asl.component.common.path.items_path:ItemsPath._eval_body",
    "moto.stepfunctions.parser.asl.component.intrinsic.jsonata:_DECLARATION_BY_VARIABLE_REFERENCE",
    "moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison:ConditionStringJSONata._eval_body",
    "moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp:Timestamp._from_timestamp_string",
    "moto.stepfunctions.parser.asl.component.state.wait.wait_function.seconds:SecondsJSONata._get_wait_seconds",
    "moto.stepfunctions.parser.asl.eval.variable_store:encode_jsonata_variable_declarations",
    "moto.stepfunctions.parser.asl.eval.variable_store:VariableStore.get_assigned_variables",
    "moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor"
    ".distributed_item_processor_worker:DistributedItemProcessorWorker._eval_job",
    "moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.item_reader_decl:ItemReader._eval_body",
    "moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval.resource_eval_s3"
    ":ResourceEvalS3._handle_list_objects_v2",
    "moto.stepfunctions.parser.asl.component.state.exec.state_map.result_writer.resource_eval.resource_eval_s3"
    ":ResourceEvalS3._handle_put_object",
    "moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branches_decl:CustomErrorName",
    "moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker:CustomErrorName",
    "moto.stepfunctions.parser.asl.component.common.error_name.failure_event"
    ":FailureEventException.get_execution_failed_event_details",
    "moto.stepfunctions.parser.asl.eval.callback.callback:CallbackPoolManager.add_activity_task",
    "moto.stepfunctions.parser.asl.eval.callback.callback:ActivityTaskStartEndpoint.wait",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_activitiy:StateTaskActivity._from_error",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_activitiy"
    ":StateTaskActivity._eval_execution",
    "moto.stepfunctions.parser.utils:TMP_THREADS",
)


def missing() -> list[str]:
    """Gives the seams that this moto lacks."""
    gone = []
    for seam in SEAMS:
        module, _, path = seam.partition(":")
        try:
            value: object = importlib.import_module(module)
            for part in path.split("."):
                value = getattr(value, part)
        except (ImportError, AttributeError):
            gone.append(seam)
    return gone


def check() -> None:
    """Raises `SetupError` when moto is another version than the patches were written for."""
    found = version("moto")
    if found != MOTO:
        raise SetupError(
            f"moto {found} is installed, the local cloud needs exactly {MOTO}", do="run `uv sync --locked`"
        )
    gone = missing()
    if gone:
        raise SetupError(f"moto {found} lacks {', '.join(gone)}", do="reinstall with `uv sync --locked --reinstall`")
