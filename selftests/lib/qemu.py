# SPDX-License-Identifier: GPL-2.0-only
"""The QEMU command line of a scenario, as a script that people can run too."""

import shlex
from pathlib import Path

LIB = Path(__file__).resolve().parent
# Whatever goes wrong ends the guest: a panic, a stall, a stuck task. An NMI from the
# host panics too, which shows where each CPU is even with interrupts off.
CMDLINE = (
    "console=ttyS0 panic=-1 oops=panic panic_on_warn=1 softlockup_panic=1 "
    "hung_task_panic=1 unknown_nmi_panic=1 sysctl.kernel.panic_on_rcu_stall=1 "
    "panic_sys_info=all_bt nokaslr"
)
# Without 5-level page tables: identify_cpu() clears the CPU's features before it reads
# them again, LA57 with them, and an interrupt between has KASAN take the direct map for
# wild memory (seen once, before the first test).
QEMU = (
    "qemu-system-x86_64 -accel tcg -cpu max,+svm,-la57 -machine q35 -nodefaults "
    "-no-user-config -no-reboot -display none -msg timestamp=on"
)
DEVICES = (
    "-serial chardev:console "
    "-qmp unix:qmp.sock,server=on,wait=off -qmp unix:watch.sock,server=on,wait=off "
    "-device virtio-serial-pci "
    "-chardev file,id=results,path=results.tap "
    "-device virtserialport,chardev=results,name=results "
    "-chardev socket,id=host,path=host.sock,server=on,wait=off "
    "-device virtserialport,chardev=host,name=host "
)
SCRIPT = """#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Scenario {name}: boots it by hand as ci/vm did. The console is on the terminal
# (ctrl-C ends it), the results are in results.tap. APPEND adds to the kernel's
# command line: APPEND=shell gives a shell in place of the tests. Arguments go to QEMU:
# -s lets gdb in, with {vmlinux}.
cd {dir} || exit 1
if [ -z "${{CONSOLE-}}" ] && [ -n "{host}" ]; then
	PYTHONPATH={lib} python3 {host} &
fi
exec {qemu} \\
	-kernel {kernel} \\
	-initrd {initrd} \\
	-append "{append} ${{APPEND-}}" \\
	-chardev "${{CONSOLE:-stdio,id=console}}" \\
	{devices} "$@"
"""


def write_script(name, config, rundir, images):
    """The repro script; it boots in @rundir, where sockets and results are."""
    words = shlex.join(shlex.split(config.get("qemu", "")))
    images["script"].write_text(SCRIPT.format(
        name=name, dir=shlex.quote(str(rundir)), lib=LIB, qemu=QEMU,
        kernel=images["kernel"], initrd=images["initrd"], vmlinux=images["vmlinux"],
        # The kernel hands PROFILE on to its first process, and that to the tests.
        append=f"{CMDLINE} PROFILE={config['profile']} {config.get('cmdline', '')}".strip(),
        host=images["host"] or "", devices=f"{DEVICES}\\\n\t{words}"), encoding="utf-8")
    images["script"].chmod(0o755)
