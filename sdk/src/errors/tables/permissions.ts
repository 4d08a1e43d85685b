import type { ContractErrorTable } from "../catalogEntry.ts";

/** Errors of `PermissionRegistry`. */
export const PERMISSION_ERRORS: ContractErrorTable = {
  PermissionNotOwner: {
    message: "token {token} of {registry} does not belong to {caller}",
    title: "The token belongs to somebody else",
    cause: "Only the owner of a token names and revokes its delegates.",
    whatToDo: "Send the transaction from the account that owns the token.",
    retryable: false,
  },
  PermissionRoleMissing: {
    message:
      "{account} is neither the owner of token {token} of {registry} nor its delegate with role {role}",
    title: "The role is missing",
    cause: "Grants and invitations come from a token's owner or its delegate with the role grant (4).",
    whatToDo: "Ask the owner, or have it give you the role.",
    retryable: false,
  },
  PermissionRolesInvalid: {
    message: "the role bits {roles} are not 1 to 15",
    title: "The roles are not valid",
    cause: "Roles are a sum of edit 1, submit 2, grant 4 and withdraw 8.",
    whatToDo: "Name at least one role; revokeDelegate takes them all away.",
    retryable: false,
  },
  PermissionExpiryPassed: {
    message: "the expiry {expiresAt} is in the past",
    title: "The expiry has passed",
    cause: "An expiry is a time to come, in unix seconds, or 0 for no end.",
    whatToDo: "Choose a later time.",
    retryable: false,
  },
  PermissionAccountInvalid: {
    message: "the account {account} cannot be given this",
    title: "The account is not valid",
    cause:
      "A delegate or grantee is an account, and a delegate is not the owner itself, who may do everything.",
    whatToDo: "Name another account.",
    retryable: false,
  },
  PermissionDelegatesFull: {
    message: "the token would have more than {countMax} delegates",
    title: "Too many delegates",
    cause: "A token has at most 16 delegates.",
    whatToDo: "Revoke one first.",
    retryable: false,
  },
  PermissionUnknown: {
    message: "{account} has nothing to lose for token {token} of {registry}",
    title: "There is nothing to revoke",
    cause: "The account is no delegate of the token, or has no grant for it there.",
    whatToDo: "Nothing, or check token and account: listDelegates and getGrant show what there is.",
    retryable: false,
  },
  GrantMissing: {
    message: "{grantee} has no grant left for token {token} of {registry} at {gate}",
    title: "There is no grant left",
    cause: "A grant ends with its uses, its expiry, its revocation or a transfer of the token.",
    whatToDo: "Ask the token's owner for another.",
    retryable: false,
  },
  InvitationUsed: {
    message: "the invitation {invitation} was accepted or revoked before",
    title: "The invitation is used up",
    cause: "An invitation works once.",
    whatToDo: "Ask the token's owner for another.",
    retryable: false,
  },
  InvitationStale: {
    message: "the invitation is of tenure {tenure}, it is {tenureNow} now",
    title: "The invitation is stale",
    cause: "The token changed hands since the invitation was signed.",
    whatToDo: "Ask the new owner for another.",
    retryable: false,
  },
  InvitationSignatureInvalid: {
    message: "{signer} has not signed the invitation",
    title: "The signature is not valid",
    cause: "The invitation was changed, or signed by another account, for another chain or another contract.",
    whatToDo: "Take the invitation as it was signed, and name its signer.",
    retryable: false,
  },
};
