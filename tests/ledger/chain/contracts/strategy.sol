// SPDX-License-Identifier: MIT
// Contracts of our own with the surface of Numerai's allocation strategy, its staking contract and
// the NMR token: as much as a test of reads and writes needs, and nothing of Numerai's code.
//
// Rebuild the artefact next to this file after a change (Node.js; takes the pinned compiler from npm):
//     tests/ledger/chain/contracts/rebuild
pragma solidity 0.8.28;

contract Token {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);

    constructor(address holder, uint256 amount) {
        balanceOf[holder] = amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed < amount) revert ERC20InsufficientAllowance(msg.sender, allowed, amount);
        allowance[from][msg.sender] = allowed - amount;
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) private {
        if (balanceOf[from] < amount) {
            revert ERC20InsufficientBalance(from, balanceOf[from], amount);
        }
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

contract Staking {
    mapping(uint256 => mapping(address => mapping(bytes32 => uint256))) public stakeByRound;

    function put(uint256 roundId, address staker, bytes32 modelId, uint256 amount) external {
        stakeByRound[roundId][staker][modelId] = amount;
    }
}

contract Strategy {
    struct Config {
        uint128 perRoundStake;
        uint8 mode;
        bool enabled;
    }

    struct Row {
        uint256 tournamentId;
        bytes32 modelId;
        uint128 perRoundStake;
        uint8 mode;
        bool enabled;
    }

    address public owner;
    address public operator;
    address public staking;
    address public factory;
    Token public nmr;
    bool public paused;
    mapping(uint256 => mapping(bytes32 => Config)) public modelConfig;

    event ModelConfigUpdated(
        uint256 indexed tournamentId,
        bytes32 indexed modelId,
        uint128 perRoundStake,
        uint8 mode,
        bool enabled
    );

    error NotOwner();
    error InsufficientBalance(uint256 available, uint256 needed);
    error InvalidMode(uint8 mode);
    error Unheard(uint256 what);

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner();
        _;
    }

    constructor(address owner_, address staking_, Token nmr_) {
        owner = owner_;
        operator = msg.sender;
        factory = msg.sender;
        staking = staking_;
        nmr = nmr_;
    }

    function availableBalance() public view returns (uint256) {
        return nmr.balanceOf(address(this));
    }

    function setModelConfig(uint256 tournament, bytes32 model, uint128 stake, uint8 mode, bool enabled)
        external
        onlyOwner
    {
        _set(Row(tournament, model, stake, mode, enabled));
    }

    function setModelConfigs(Row[] calldata rows) external onlyOwner {
        for (uint256 at = 0; at < rows.length; at++) _set(rows[at]);
    }

    function deposit(uint256 amount) external onlyOwner {
        nmr.transferFrom(msg.sender, address(this), amount);
    }

    function withdraw(uint256 amount) external onlyOwner {
        require(!paused, "withdrawals are paused");
        uint256 available = availableBalance();
        if (available < amount) revert InsufficientBalance(available, amount);
        nmr.transfer(msg.sender, amount);
    }

    // What follows is for tests alone.

    function pause(bool paused_) external {
        paused = paused_;
    }

    function give(address owner_) external {
        owner = owner_;
    }

    function _set(Row memory row) private {
        if (row.mode > 1) revert InvalidMode(row.mode);
        if (row.perRoundStake == 13) revert Unheard(13);
        require(row.perRoundStake != 14);
        assert(row.perRoundStake != 15);
        modelConfig[row.tournamentId][row.modelId] =
            Config(row.perRoundStake, row.mode, row.enabled);
        emit ModelConfigUpdated(
            row.tournamentId, row.modelId, row.perRoundStake, row.mode, row.enabled
        );
    }
}

// A proxy to nothing that answers: every call ends in an account without code, so with no words.
contract HollowProxy {
    address private immutable target;

    constructor(address target_) {
        target = target_;
    }

    fallback() external payable {
        (bool done, bytes memory answer) = target.delegatecall(msg.data);
        require(done);
        assembly {
            return(add(answer, 32), mload(answer))
        }
    }
}
