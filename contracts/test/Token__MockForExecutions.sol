// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title Token__MockForExecutions
/// @notice An ERC-20 token that is as honest as it was told to be.
/// @dev Each mood is a kind of token that exists or could: one that answers nothing (older tokens), answers false in place of a
/// revert, takes a fee, calls back (ERC-777's way), answers more than it should, or has balances that are anything. Anybody may
/// set anything.
// The name says whom the double serves.
// solhint-disable-next-line contract-name-capwords
contract Token__MockForExecutions {
    enum Mood {
        Honest,
        AnswerNothing,
        AnswerFalse,
        MoveNothing,
        TakeFee,
        Revert,
        CallBack,
        AnswerMuch,
        LieAboutBalance
    }

    Mood public mood;
    address public backTarget;
    bytes public backData;
    /// @notice How often it called back (once in each call), and how often that succeeded.
    uint256 public backCalls;
    uint256 public backSuccesses;
    bool private _busy;
    mapping(address holder => uint256) private _balances;
    mapping(address holder => mapping(address spender => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    /// @notice Thrown in the mood `Revert`.
    error TokenRefuses();

    /// @notice Sets how it behaves; the call counts in the mood `CallBack`.
    function setMood(Mood mood_, address target, bytes calldata data) external {
        mood = mood_;
        backTarget = target;
        backData = data;
    }

    /// @notice Sets a balance, as a token does that grows and shrinks.
    /// @dev No event: a rebasing token often has none.
    function setBalance(address holder, uint256 value) external {
        _balances[holder] = value;
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external {
        // Declared without a return value: `_answer` ends the call with the bytes that the mood has.
        _move(msg.sender, to, value);
        _answer();
    }

    function transferFrom(address from, address to, uint256 value) external {
        allowance[from][msg.sender] -= value;
        _move(from, to, value);
        _answer();
    }

    function balanceOf(address holder) external view returns (uint256) {
        // Another number at each question.
        return mood == Mood.LieAboutBalance ? gasleft() : _balances[holder];
    }

    function _move(address from, address to, uint256 value) private {
        if (mood == Mood.Revert) revert TokenRefuses();
        if (mood == Mood.CallBack && !_busy) {
            // Before the balances move, and once: a call back that moves the token would otherwise call back for ever.
            _busy = true;
            ++backCalls;
            (bool success,) = backTarget.call(backData);
            if (success) ++backSuccesses;
            _busy = false;
        }
        if (mood == Mood.MoveNothing) return;
        // The allowance is used all the same, and the answer is yes.
        _balances[from] -= value;
        // 1 % of what is moved, burnt.
        _balances[to] += mood == Mood.TakeFee ? value - value / 100 : value;
        emit Transfer(from, to, value);
    }

    /// @dev Ends the call: 32 bytes that say true, unless the mood has it otherwise.
    function _answer() private view {
        uint256 size = 32;
        uint256 word = 1;
        if (mood == Mood.AnswerNothing) size = 0;
        if (mood == Mood.AnswerFalse) word = 0;
        if (mood == Mood.AnswerMuch) size = 100_000;
        assembly {
            mstore(0, word)
            return(0, size)
        }
    }
}
