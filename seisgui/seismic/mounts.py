"""Where a file lies: on a disk of this machine, or on a network mount."""

from __future__ import annotations

from pathlib import Path

NETWORK_TYPES = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ncpfs",
        "lustre",
        "ceph",
        "glusterfs",
        "beegfs",
        "gpfs",
        "vboxsf",
        "davfs",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.davfs2",
    ]
)
MOUNTS = Path("/proc/mounts")


def file_system(path: Path, mounts: str) -> str:
    """Type of the file system that holds ``path``, from the text of /proc/mounts; '' where none is named."""
    found, longest = "", -1
    target = path.resolve()
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        # the kernel writes blanks in mount points as octal escapes
        point = Path(fields[1].replace("\\040", " "))
        if (target == point or point in target.parents) and len(point.parts) >= longest:
            found, longest = fields[2], len(point.parts)
    return found


def on_network(path: Path) -> bool:
    """True where ``path`` lies on a network mount."""
    try:
        mounts = MOUNTS.read_text(errors="replace")
    except OSError:
        return str(path.resolve()).startswith("\\\\")
    return file_system(path, mounts) in NETWORK_TYPES
