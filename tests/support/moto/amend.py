"""Makes moto behave as AWS does in what matters here: pages, sessions, trust, permissions, their simulation."""

import base64
import json

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.core.serialize import url_encode
from moto.glue import models as glue_models
from moto.glue.responses import GlueResponse
from moto.iam import access_control
from moto.iam.exceptions import InvalidInput, NoSuchEntity, NotFoundException
from moto.iam.models import iam_backends
from moto.iam.responses import IamResponse
from moto.sts.responses import TokenResponse
from moto import settings
from werkzeug.exceptions import HTTPException



class NoDashboard(JsonRESTError):
    """Moto's sessions run nothing, so there is nothing to see of them."""

    code = 400

    def __init__(self):
        super().__init__("OperationNotSupportedException", "There is no dashboard.")


# The accounts whose signatures and permissions are looked at.
enforced = {"123456789012"}  # moto's account of all keys that nobody was given


def all():
    pages()
    connections()
    sessions()
    roles()
    permissions()


# ---- Pages: moto answers these lists whole ----------------------------------------------------------------------------


def page(response, items, limit):
    """Returns one page, as long as was asked for, and the token of the next one."""
    token = response._get_param("NextToken")
    start = int(base64.b64decode(token)) if token else 0
    end = start + min(int(response._get_param("MaxResults") or limit), limit)
    following = base64.b64encode(str(end).encode()).decode() if end < len(items) else None
    return items[start:end], following


def pages():
    def get_tables(self):
        tables = self.glue_backend.get_tables(self.parameters.get("DatabaseName"), self.parameters.get("Expression"))
        tables, token = page(self, tables, 100)
        return ActionResult({"TableList": [table.as_dict() for table in tables], "NextToken": token})

    def get_databases(self):
        databases, token = page(self, self.glue_backend.get_databases(), 100)
        return ActionResult({"DatabaseList": [database.as_dict() for database in databases], "NextToken": token})

    def get_security_configurations(self):
        found, token = page(self, self.glue_backend.get_security_configurations(), 1000)
        return ActionResult({"SecurityConfigurations": [one.as_dict() for one in found], "NextToken": token})

    GlueResponse.get_tables = get_tables
    GlueResponse.get_databases = get_databases
    GlueResponse.get_security_configurations = get_security_configurations


# ---- Connections: moto tells no type -------------------------------------------------------------------------------------


def connections():
    def as_dict(self, hide_password=False):
        told = tell(self, hide_password)
        told["ConnectionType"] = self.connection_input.get("ConnectionType")
        return told

    tell = glue_models.FakeConnection.as_dict
    glue_models.FakeConnection.as_dict = as_dict


# ---- Sessions: moto's tell an error and a progress that none of them has, and never end -------------------------------


def sessions():
    def as_dict(self):
        told = {
            "Id": self.session_id, "CreatedOn": self.creation_time, "Status": self.state, "Description": self.description,
            "Role": self.role, "Command": self.command, "DefaultArguments": self.default_arguments,
            "Connections": self.connections, "Progress": 0.0, "MaxCapacity": self.max_capacity,
            "SecurityConfiguration": self.security_configuration, "GlueVersion": self.glue_version,
            "NumberOfWorkers": self.number_of_workers, "WorkerType": self.worker_type, "IdleTimeout": self.idle_timeout,
        }
        return {name: value for name, value in told.items() if value is not None}

    def stop_session(self):
        # Moto's stay STOPPING for ever.
        stop(self)
        self.state = "STOPPED"

    def get_dashboard_url(self):
        raise NoDashboard()

    GlueResponse.get_dashboard_url = get_dashboard_url
    stop = glue_models.FakeSession.stop_session
    glue_models.FakeSession.as_dict = as_dict
    glue_models.FakeSession.stop_session = stop_session


# ---- Roles -----------------------------------------------------------------------------------------------------------


def roles():
    # GetRole's trust policy comes encoded, and so does that of ListRoles.
    IamResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER["ListRolesResponse.Roles.Role.AssumeRolePolicyDocument"] = url_encode
    assume = TokenResponse.assume_role

    def assume_role(self):
        arn = self._get_param("RoleArn")
        _, caller, account = self.backend.get_caller_identity(self.get_access_key(), self.region)
        if not trusted(arn, caller, account):
            raise Refusal("sts", caller, "sts:AssumeRole", arn)
        return assume(self)

    TokenResponse.assume_role = assume_role
    # Moto's own look at trust does not know services, and `trusted` does it.
    access_control.IAMRequest._check_role_trust_relationship = lambda self, resource: True


def trusted(arn, caller, account):
    """Returns whether a role exists and trusts a caller: by the ARN, by that of the role behind a session, by the account."""
    try:
        role = iam_backends[arn.split(":")[4]][arn.split(":")[1]].get_role_by_arn(arn)
    except (IndexError, KeyError, NotFoundException):
        return False
    names = {caller, account, f"arn:aws:iam::{account}:root", "*"}
    if ":assumed-role/" in caller:
        names.add(f"arn:aws:iam::{account}:role/{caller.split('/')[1]}")
    for statement in listed(json.loads(role.assume_role_policy_document)["Statement"]):
        principal = statement.get("Principal", {})
        principals = listed(principal.get("AWS", []) if isinstance(principal, dict) else principal)
        if statement["Effect"] == "Allow" and "sts:AssumeRole" in listed(statement["Action"]) and names & set(principals):
            return True
    return False


def listed(value):
    return value if isinstance(value, list) else [value]


# ---- Permissions, for the accounts that ask for it ----------------------------------------------------------------------


class Refusal(HTTPException):
    """Access denied, in the words of each service."""

    def __init__(self, service, arn, action, resource=None):
        super().__init__()
        text = f"User: {arn} is not authorized to perform: {action}"
        if resource:
            text += f" on resource: {resource}"
        else:
            text += f" on resource: * because no identity-based policy allows the {action} action"
        self.code = 403
        if service == "glue":
            self.code, self.description = 400, json.dumps({"__type": "AccessDeniedException", "Message": text})
        elif service == "ec2":
            text = f"You are not authorized to perform this operation. {text}"
            error = f"<Error><Code>UnauthorizedOperation</Code><Message>{text}</Message></Error>"
            self.description = f"<Response><Errors>{error}</Errors><RequestID>r</RequestID></Response>"
        else:
            error = f"<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{text}</Message></Error>"
            self.description = f"<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>"


class Unaccepted(HTTPException):
    """A key that nobody was given, or a signature that is not its, in the words of Glue."""

    code = 400

    def __init__(self, kind, text):
        super().__init__()
        self.description = json.dumps({"__type": kind, "message": text})


def permissions():
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    check = ActionAuthenticatorMixin._authenticate_and_authorize_action

    def authenticate(self, request_class, resource="*"):
        if self.current_account in enforced:
            asked_about = self._get_param("PolicySourceArn") if isinstance(self, IamResponse) else None
            check(self, request_class, asked_about or resource)

    def refuse(self):
        raise Refusal(self._service, self._access_key.arn, self._action)

    unknown = access_control.IAMRequest._raise_invalid_access_key
    mismatch = access_control.IAMRequest._raise_signature_does_not_match

    def refuse_key(self, reason):
        if self._service == "glue":
            raise Unaccepted("UnrecognizedClientException", "The security token included in the request is invalid.")
        unknown(self, reason)

    def refuse_signature(self):
        if self._service == "glue":
            text = "The request signature we calculated does not match the signature you provided."
            raise Unaccepted("InvalidSignatureException", text)
        mismatch(self)

    ActionAuthenticatorMixin._authenticate_and_authorize_action = authenticate
    access_control.IAMRequest._raise_access_denied = refuse
    access_control.IAMRequest._raise_invalid_access_key = refuse_key
    access_control.IAMRequest._raise_signature_does_not_match = refuse_signature
    IamResponse.simulate_principal_policy = simulate


def simulate(self):
    """SimulatePrincipalPolicy, which moto does not have, by moto's own reading of policies."""
    arn = self._get_param("PolicySourceArn")
    kind, _, name = arn.split(":", 5)[-1].rpartition("/")
    backend = self.backend
    try:
        if kind.startswith("role") and ":iam:" in arn:
            role = backend.get_role(name)
            policies = [*role.policies.values(), *role.managed_policies.values()]
        elif kind.startswith("user"):
            user = backend.get_user(name)
            policies = [*user.policies.values(), *user.managed_policies.values()]
        else:
            raise InvalidInput(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    except NotFoundException:
        raise NoSuchEntity(f"The entity {arn} cannot be found.") from None
    policies = [access_control.IAMPolicy(policy) for policy in policies]
    results = []
    for action in self._get_param("ActionNames", []):
        for resource in self._get_param("ResourceArns", None) or ["*"]:
            said = {policy.is_action_permitted(action, resource) for policy in policies}
            decision = "implicitDeny"
            if access_control.PermissionResult.PERMITTED in said:
                decision = "allowed"
            if access_control.PermissionResult.DENIED in said:
                decision = "explicitDeny"
            results.append({"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision})
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})
