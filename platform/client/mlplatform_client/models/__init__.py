"""Contains all the data models used in inputs/outputs"""

from .artifact_detail import ArtifactDetail
from .artifact_detail_kind import ArtifactDetailKind
from .artifact_detail_metrics import ArtifactDetailMetrics
from .artifact_detail_tables import ArtifactDetailTables
from .artifact_list import ArtifactList
from .artifact_view import ArtifactView
from .artifact_view_kind import ArtifactViewKind
from .artifact_view_metrics import ArtifactViewMetrics
from .audit_page import AuditPage
from .audit_view import AuditView
from .audit_view_outcome import AuditViewOutcome
from .best import Best
from .best_order import BestOrder
from .checked_text import CheckedText
from .column import Column
from .column_statistics import ColumnStatistics
from .column_statistics_type import ColumnStatisticsType
from .column_type import ColumnType
from .condition import Condition
from .dataset import Dataset
from .dataset_spec import DatasetSpec
from .dataset_spec_type import DatasetSpecType
from .description_text import DescriptionText
from .disabling import Disabling
from .entry_list import EntryList
from .entry_view import EntryView
from .entry_view_state import EntryViewState
from .explain_view import ExplainView
from .explain_view_state import ExplainViewState
from .file_view import FileView
from .foreach import Foreach
from .freeing import Freeing
from .get_schema_kind import GetSchemaKind
from .get_schema_response_get_schema import GetSchemaResponseGetSchema
from .get_task_log_stream import GetTaskLogStream
from .gpu import Gpu
from .health import Health
from .image import Image
from .image_spec import ImageSpec
from .image_view import ImageView
from .infer_request import InferRequest
from .infer_response import InferResponse
from .input_ref import InputRef
from .invitation import Invitation
from .jwk import Jwk
from .jwks import Jwks
from .length import Length
from .limits import Limits
from .lineage import Lineage
from .lineage_edge import LineageEdge
from .lineage_node import LineageNode
from .lineage_node_kind import LineageNodeKind
from .lineage_node_metrics import LineageNodeMetrics
from .list_audit_outcome_type_0 import ListAuditOutcomeType0
from .list_runs_state_type_0 import ListRunsStateType0
from .list_tasks_state_type_0 import ListTasksStateType0
from .login import Login
from .members_request import MembersRequest
from .members_request_members import MembersRequestMembers
from .members_request_members_additional_property import (
    MembersRequestMembersAdditionalProperty,
)
from .metadata import Metadata
from .metadata_labels import MetadataLabels
from .model_request import ModelRequest
from .operator import Operator
from .operator_list import OperatorList
from .operator_text import OperatorText
from .operator_version_list import OperatorVersionList
from .outcome import Outcome
from .password_change import PasswordChange
from .password_setting import PasswordSetting
from .pause_queue_name import PauseQueueName
from .pause_request import PauseRequest
from .port import Port
from .port_type import PortType
from .priority_request import PriorityRequest
from .problem_document import ProblemDocument
from .queue_item import QueueItem
from .queue_item_queue import QueueItemQueue
from .queues import Queues
from .queues_paused_item import QueuesPausedItem
from .reason import Reason
from .refresh_request import RefreshRequest
from .registered_operator import RegisteredOperator
from .resource_request import ResourceRequest
from .resources import Resources
from .run_detail import RunDetail
from .run_detail_state import RunDetailState
from .run_detail_steps import RunDetailSteps
from .run_page import RunPage
from .run_request import RunRequest
from .run_view import RunView
from .run_view_state import RunViewState
from .schedule import Schedule
from .schedule_list import ScheduleList
from .schedule_spec import ScheduleSpec
from .schedule_spec_catch_up import ScheduleSpecCatchUp
from .schedule_spec_concurrency import ScheduleSpecConcurrency
from .schedule_view import ScheduleView
from .service import Service
from .service_list import ServiceList
from .service_request import ServiceRequest
from .service_request_params import ServiceRequestParams
from .service_spec import ServiceSpec
from .service_spec_params import ServiceSpecParams
from .service_view import ServiceView
from .service_view_params import ServiceViewParams
from .service_view_state import ServiceViewState
from .source import Source
from .spec import Spec
from .spec_inputs import SpecInputs
from .spec_modes_item import SpecModesItem
from .spec_outputs import SpecOutputs
from .spec_params import SpecParams
from .step import Step
from .step_inputs import StepInputs
from .step_params import StepParams
from .step_task import StepTask
from .step_task_metrics import StepTaskMetrics
from .step_task_state import StepTaskState
from .step_view import StepView
from .step_view_state import StepViewState
from .submitted_batch import SubmittedBatch
from .table_statistics import TableStatistics
from .task_batch import TaskBatch
from .task_page import TaskPage
from .task_request import TaskRequest
from .task_request_inputs import TaskRequestInputs
from .task_request_params import TaskRequestParams
from .task_view import TaskView
from .task_view_inputs import TaskViewInputs
from .task_view_metrics import TaskViewMetrics
from .task_view_outputs import TaskViewOutputs
from .task_view_params import TaskViewParams
from .task_view_state import TaskViewState
from .tenant_list import TenantList
from .tenant_request import TenantRequest
from .tenant_request_members import TenantRequestMembers
from .tenant_request_members_additional_property import (
    TenantRequestMembersAdditionalProperty,
)
from .tenant_view import TenantView
from .tenant_view_members import TenantViewMembers
from .tenant_view_members_additional_property import TenantViewMembersAdditionalProperty
from .tensor import Tensor
from .text import Text
from .tokens import Tokens
from .trained_model import TrainedModel
from .trained_model_spec import TrainedModelSpec
from .user_list import UserList
from .user_request import UserRequest
from .user_request_role import UserRequestRole
from .user_view import UserView
from .waiting import Waiting
from .what_if_request import WhatIfRequest
from .what_if_view import WhatIfView
from .worker_input import WorkerInput
from .worker_spec import WorkerSpec
from .worker_spec_inputs import WorkerSpecInputs
from .worker_spec_outputs import WorkerSpecOutputs
from .worker_spec_outputs_additional_property import WorkerSpecOutputsAdditionalProperty
from .worker_spec_params import WorkerSpecParams
from .workflow import Workflow
from .workflow_edit import WorkflowEdit
from .workflow_list import WorkflowList
from .workflow_spec import WorkflowSpec
from .workflow_spec_steps import WorkflowSpecSteps
from .workflow_text import WorkflowText
from .workflow_view import WorkflowView
from .wrong_place import WrongPlace

__all__ = (
    "ArtifactDetail",
    "ArtifactDetailKind",
    "ArtifactDetailMetrics",
    "ArtifactDetailTables",
    "ArtifactList",
    "ArtifactView",
    "ArtifactViewKind",
    "ArtifactViewMetrics",
    "AuditPage",
    "AuditView",
    "AuditViewOutcome",
    "Best",
    "BestOrder",
    "CheckedText",
    "Column",
    "ColumnStatistics",
    "ColumnStatisticsType",
    "ColumnType",
    "Condition",
    "Dataset",
    "DatasetSpec",
    "DatasetSpecType",
    "DescriptionText",
    "Disabling",
    "EntryList",
    "EntryView",
    "EntryViewState",
    "ExplainView",
    "ExplainViewState",
    "FileView",
    "Foreach",
    "Freeing",
    "GetSchemaKind",
    "GetSchemaResponseGetSchema",
    "GetTaskLogStream",
    "Gpu",
    "Health",
    "Image",
    "ImageSpec",
    "ImageView",
    "InferRequest",
    "InferResponse",
    "InputRef",
    "Invitation",
    "Jwk",
    "Jwks",
    "Length",
    "Limits",
    "Lineage",
    "LineageEdge",
    "LineageNode",
    "LineageNodeKind",
    "LineageNodeMetrics",
    "ListAuditOutcomeType0",
    "ListRunsStateType0",
    "ListTasksStateType0",
    "Login",
    "MembersRequest",
    "MembersRequestMembers",
    "MembersRequestMembersAdditionalProperty",
    "Metadata",
    "MetadataLabels",
    "ModelRequest",
    "Operator",
    "OperatorList",
    "OperatorText",
    "OperatorVersionList",
    "Outcome",
    "PasswordChange",
    "PasswordSetting",
    "PauseQueueName",
    "PauseRequest",
    "Port",
    "PortType",
    "PriorityRequest",
    "ProblemDocument",
    "QueueItem",
    "QueueItemQueue",
    "Queues",
    "QueuesPausedItem",
    "Reason",
    "RefreshRequest",
    "RegisteredOperator",
    "ResourceRequest",
    "Resources",
    "RunDetail",
    "RunDetailState",
    "RunDetailSteps",
    "RunPage",
    "RunRequest",
    "RunView",
    "RunViewState",
    "Schedule",
    "ScheduleList",
    "ScheduleSpec",
    "ScheduleSpecCatchUp",
    "ScheduleSpecConcurrency",
    "ScheduleView",
    "Service",
    "ServiceList",
    "ServiceRequest",
    "ServiceRequestParams",
    "ServiceSpec",
    "ServiceSpecParams",
    "ServiceView",
    "ServiceViewParams",
    "ServiceViewState",
    "Source",
    "Spec",
    "SpecInputs",
    "SpecModesItem",
    "SpecOutputs",
    "SpecParams",
    "Step",
    "StepInputs",
    "StepParams",
    "StepTask",
    "StepTaskMetrics",
    "StepTaskState",
    "StepView",
    "StepViewState",
    "SubmittedBatch",
    "TableStatistics",
    "TaskBatch",
    "TaskPage",
    "TaskRequest",
    "TaskRequestInputs",
    "TaskRequestParams",
    "TaskView",
    "TaskViewInputs",
    "TaskViewMetrics",
    "TaskViewOutputs",
    "TaskViewParams",
    "TaskViewState",
    "TenantList",
    "TenantRequest",
    "TenantRequestMembers",
    "TenantRequestMembersAdditionalProperty",
    "TenantView",
    "TenantViewMembers",
    "TenantViewMembersAdditionalProperty",
    "Tensor",
    "Text",
    "Tokens",
    "TrainedModel",
    "TrainedModelSpec",
    "UserList",
    "UserRequest",
    "UserRequestRole",
    "UserView",
    "Waiting",
    "WhatIfRequest",
    "WhatIfView",
    "WorkerInput",
    "WorkerSpec",
    "WorkerSpecInputs",
    "WorkerSpecOutputs",
    "WorkerSpecOutputsAdditionalProperty",
    "WorkerSpecParams",
    "Workflow",
    "WorkflowEdit",
    "WorkflowList",
    "WorkflowSpec",
    "WorkflowSpecSteps",
    "WorkflowText",
    "WorkflowView",
    "WrongPlace",
)
