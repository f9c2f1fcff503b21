"""A SLURM of one node on the loopback address, from Debian's packages, without systemd."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "scancel", "squeue")
CONFIG = """\
ClusterName=nma
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
MpiDefault=none
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
# Memory is sampled and a job over its limit is killed, as no cgroups are needed for that.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=1,batch_sched_delay=1,sched_min_interval=100000
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
SlurmdParameters=config_overrides
MinJobAge=600
InactiveLimit=0
KillWait=2
SlurmctldTimeout=60
SlurmdTimeout=60
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory_mb} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE PriorityTier=1 State=UP
PartitionName=urgent Nodes={host} MaxTime=INFINITE PriorityTier=2 State=UP
"""
# For Snakemake: a real cluster has accounting, and file systems and queues that are slow.
OVERLAY = (
    *("--workflow-profile", "profiles/slurm"),
    *("--default-resources", "slurm_partition=main", "mem_mb=500", "runtime=10m"),
    *("--slurm-no-account", "--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "1", "--seconds-between-status-checks", "1"),
    *("--latency-wait", "5", "--jobs", "8"),
)
# Jobs lose what SLURM_CONF says, so that clients have to find the configuration at its usual place.
CLIENTS_CONFIG = Path("/etc/slurm/slurm.conf")
NODE = socket.gethostname().split(".")[0]


def missing():
    """Why there can be no SLURM here, or nothing."""
    if os.geteuid() != 0:
        return "SLURM's daemons need root"
    if CLIENTS_CONFIG.exists():
        return f"{CLIENTS_CONFIG} is there: this machine has a SLURM of its own"
    absent = [name for name in PROGRAMS if not shutil.which(name)]
    return f"not installed: {', '.join(absent)}" if absent else ""


@contextmanager
def running(cpus, memory_mb):
    """Start the daemons, and stop them in the end."""
    folder = Path(tempfile.mkdtemp(prefix="nma-slurm-"))
    folder.chmod(0o755)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    config = folder / "slurm.conf"
    values = {"host": NODE, "ports": free_ports(2), "folder": folder}
    config.write_text(CONFIG.format(**values, cpus=cpus, memory_mb=memory_mb))
    CLIENTS_CONFIG.symlink_to(config)
    daemons = []
    try:
        daemons.append(start_munge(folder / "munge"))
        wait_until(lambda: (folder / "munge" / "socket").exists(), "munge to answer")
        daemons.append(daemon("slurmctld", "-D", "-f", config))
        wait_until(lambda: "is UP" in output("scontrol", "ping"), "slurmctld to answer")
        daemons.append(daemon("slurmd", "-D", "-f", config, "-N", NODE))
        wait_until(lambda: output("sinfo", "-h", "-p", "main", "-o", "%T") == "idle", "the node")
        yield
    finally:
        output("scancel", "--user", "root")
        for process in reversed(daemons):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        CLIENTS_CONFIG.unlink()
        shutil.rmtree(folder, ignore_errors=True)


def start_munge(folder):
    """The daemon that signs what the others say, with a key of its own, as its own user."""
    user = pwd.getpwnam("munge")
    folder.mkdir(mode=0o755)
    key = folder / "key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o400)
    for path in (folder, key):
        os.chown(path, user.pw_uid, user.pw_gid)
    places = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log"}
    places |= {"seed-file": "seed"}
    options = [f"--{option}={folder / name}" for option, name in places.items()]
    return daemon("munged", "--foreground", *options, user="munge", group="munge", extra_groups=[])


def daemon(*command, **user):
    """Start a daemon that stays in the foreground; what it says is in its own log."""
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user)


def output(*command):
    """What a client prints, or nothing where it fails."""
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def wait_until(true, what, seconds=60):
    """Wait until a function is true; fail where it is not after so many seconds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.1)


def free_ports(count):
    """Ports of the loopback address that nothing listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
