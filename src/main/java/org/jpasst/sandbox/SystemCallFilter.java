package org.jpasst.sandbox;

import java.util.ArrayList;
import java.util.List;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.Architecture;
import org.jpasst.linux.BpfProgram;
import org.jpasst.linux.BpfProgram.Instruction;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Ioctl;
import org.jpasst.linux.SocketType;

/**
 * The seccomp filter: a program that decides by a system call's number and arguments (seccomp(2),
 * struct seccomp_data). What isn't listed fails with EPERM; what came into the kernel after this
 * was written fails with ENOSYS, as on a kernel without it, so that the C library does otherwise.
 *
 * <p>The kernel runs it once for each number when it is installed, and not again for those that are
 * allowed whatever the arguments are: they cost next to nothing (seccomp_cache_prepare, Linux
 * 5.11).
 */
final class SystemCallFilter {
  private static final int ALLOW = 0x7fff_0000;
  private static final int ERRNO = 0x0005_0000;
  private static final int KILL_PROCESS = 0x8000_0000;

  // struct seccomp_data
  private static final int NUMBER_AT = 0;
  private static final int ARCHITECTURE_AT = 4;
  private static final int ARGUMENTS_AT = 16;
  private static final int UPPER_HALF = 4;

  /** Numbers of the 32-bit interface that x86-64 kernels may have besides. */
  private static final int X32 = 0x4000_0000;

  /** The newest call of Linux 6.1, set_mempolicy_home_node. */
  private static final int NEWEST = 450;

  /** O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, __O_TMPFILE: the same for both architectures. */
  private static final int WRITING = 0x1 | 0x2 | 0x40 | 0x200 | 0x400 | 0x40_0000;

  private static final int TYPE_MASK = 0xf; // SOCK_TYPE_MASK of linux/net.h
  private static final int NETLINK_ROUTE = 0;
  private static final int THIS_THREAD = 0;
  private static final int CLONE_THREAD = 0x1_0000;

  /** CLONE_NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWNS. */
  private static final int CLONE_NAMESPACES = 0x7e02_0000;

  private static final int PR_SET_NAME = 15;
  private static final int PR_SET_VMA = 0x5356_4d41;

  private static final List<Integer> REQUESTS =
      List.of(
          Ioctl.SIOCINQ,
          Ioctl.SIOCOUTQ,
          Ioctl.SIOCOUTQNSD,
          Ioctl.FIONBIO,
          Ioctl.TUNGETIFF,
          Ioctl.TUNSETOFFLOAD,
          Ioctl.TUNATTACHFILTER,
          Ioctl.TUNDETACHFILTER,
          Ioctl.TUNGETFILTER,
          Ioctl.TCGETS);

  private static final Instruction ALLOWED = returning(ALLOW);
  private static final Instruction REFUSED = returning(ERRNO | Errno.EPERM);
  private static final Instruction UNKNOWN = returning(ERRNO | Errno.ENOSYS);

  private final Architecture architecture;
  private final int process;
  private final BpfProgram program = new BpfProgram();

  private SystemCallFilter(Architecture architecture, int process) {
    this.architecture = architecture;
    this.process = process;
  }

  /**
   * The program.
   *
   * @param process this process's number, in its own PID namespace
   */
  static BpfProgram program(Architecture architecture, int process) {
    return new SystemCallFilter(architecture, process).build();
  }

  private BpfProgram build() {
    program.add(BpfProgram.LOAD, ARCHITECTURE_AT);
    unless(BpfProgram.JUMP_IF_EQUAL, architecture.audit(), returning(KILL_PROCESS));
    program.add(BpfProgram.LOAD, NUMBER_AT);
    if (architecture == Architecture.X86_64) {
      when(BpfProgram.JUMP_IF_AT_LEAST, X32, UNKNOWN);
    }
    for (SystemCall each : SystemCall.values()) {
      if (each.number(architecture) >= 0) {
        List<Instruction> decision = decision(each);
        program.jump(BpfProgram.JUMP_IF_EQUAL, each.number(architecture), 0, decision.size());
        decision.forEach(this::add);
      }
    }
    when(BpfProgram.JUMP_IF_AT_LEAST, NEWEST + 1, UNKNOWN);
    add(REFUSED);
    return program;
  }

  private List<Instruction> decision(SystemCall call) {
    return switch (call) {
      case OPEN -> reading(1);
      case OPENAT -> reading(2);
      case SOCKET -> socket();
      case IOCTL -> oneOf(1, REQUESTS);
      case PRCTL -> oneOf(0, List.of(PR_SET_NAME, PR_SET_VMA));
      case PRLIMIT64 -> withoutPointer(2);
      case SETPRIORITY -> oneOf(1, List.of(THIS_THREAD));
      case CLONE -> thread();
      case CLONE3 -> List.of(UNKNOWN);
      case TGKILL -> oneOf(0, List.of(process));
      default -> List.of(ALLOWED);
    };
  }

  private static List<Instruction> reading(int flags) {
    return List.of(
        argument(flags),
        jump(BpfProgram.JUMP_IF_ANY_SET, WRITING, 1, 0),
        ALLOWED,
        returning(ERRNO | Errno.EACCES));
  }

  private static List<Instruction> socket() {
    return List.of(
        argument(0),
        jump(BpfProgram.JUMP_IF_EQUAL, AddressFamily.UNIX, 8, 0),
        jump(BpfProgram.JUMP_IF_EQUAL, AddressFamily.NETLINK, 5, 0),
        jump(BpfProgram.JUMP_IF_EQUAL, AddressFamily.INET, 1, 0),
        jump(BpfProgram.JUMP_IF_EQUAL, AddressFamily.INET6, 0, 6),
        // The internet's: streams and datagrams, not raw sockets and what else there is.
        argument(1),
        jump(BpfProgram.AND, TYPE_MASK, 0, 0),
        jump(BpfProgram.JUMP_IF_AT_LEAST, SocketType.DGRAM + 1, 3, 2),
        // Netlink's: addresses and routes.
        argument(2),
        jump(BpfProgram.JUMP_IF_EQUAL, NETLINK_ROUTE, 0, 1),
        ALLOWED,
        REFUSED);
  }

  private static List<Instruction> thread() {
    return List.of(
        argument(0),
        jump(BpfProgram.JUMP_IF_ANY_SET, CLONE_THREAD, 0, 2),
        jump(BpfProgram.JUMP_IF_ANY_SET, CLONE_NAMESPACES, 1, 0),
        ALLOWED,
        REFUSED);
  }

  private static List<Instruction> withoutPointer(int number) {
    return List.of(
        argument(number),
        jump(BpfProgram.JUMP_IF_EQUAL, 0, 0, 3),
        upperHalf(number),
        jump(BpfProgram.JUMP_IF_EQUAL, 0, 0, 1),
        ALLOWED,
        REFUSED);
  }

  private static List<Instruction> oneOf(int number, List<Integer> values) {
    List<Instruction> decision = new ArrayList<>(List.of(argument(number)));
    for (int i = 0; i < values.size(); i++) {
      decision.add(jump(BpfProgram.JUMP_IF_EQUAL, values.get(i), values.size() - i, 0));
    }
    decision.add(REFUSED);
    decision.add(ALLOWED);
    return decision;
  }

  private static Instruction argument(int number) {
    return jump(BpfProgram.LOAD, ARGUMENTS_AT + number * Long.BYTES, 0, 0);
  }

  private static Instruction upperHalf(int number) {
    return jump(BpfProgram.LOAD, ARGUMENTS_AT + number * Long.BYTES + UPPER_HALF, 0, 0);
  }

  private static Instruction jump(int code, int operand, int ifTrue, int ifFalse) {
    return new Instruction(code, ifTrue, ifFalse, operand);
  }

  private void add(Instruction each) {
    program.jump(each.code(), each.operand(), each.ifTrue(), each.ifFalse());
  }

  private void when(int condition, int operand, Instruction then) {
    program.jump(condition, operand, 0, 1);
    add(then);
  }

  private void unless(int condition, int operand, Instruction then) {
    program.jump(condition, operand, 1, 0);
    add(then);
  }

  private static Instruction returning(int value) {
    return new Instruction(BpfProgram.RETURN, 0, 0, value);
  }
}
