// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BatchActions} from "./BatchActions.sol";
import {Checks} from "./Checks.sol";
import {DirectActions} from "./DirectActions.sol";
import {MoneyActions} from "./MoneyActions.sol";
import {RegistryActions} from "./RegistryActions.sol";
import {RequestActions} from "./RequestActions.sol";

/// @title Handler
/// @notice Random people doing random things, each compared with the model as it is done. No action reverts unless
/// the contracts do something else than the model. Requests, answers and money; `EndsHandler` has the rest.
/// @dev By subject: `HandlerBooks` is what all share, and each of the others a sort of action, or the checks after it.
abstract contract Handler is RegistryActions, RequestActions, DirectActions, BatchActions, MoneyActions, Checks {}
