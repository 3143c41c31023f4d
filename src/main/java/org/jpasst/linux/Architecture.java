package org.jpasst.linux;

import java.util.Optional;

/** The instruction sets that numbers of system calls are known for. */
public enum Architecture {
  /** x86-64: asm/unistd_64.h. */
  X86_64(0xc000_003e, 155, 317),

  /** AArch64, which has the numbers of asm-generic/unistd.h. */
  AARCH64(0xc000_00b7, 41, 277);

  private final int audit;
  private final int pivotRoot;
  private final int seccomp;

  Architecture(int audit, int pivotRoot, int seccomp) {
    this.audit = audit;
    this.pivotRoot = pivotRoot;
    this.seccomp = seccomp;
  }

  /** That of this process, if it is one of these. */
  public static Optional<Architecture> ofThisProcess() {
    return switch (System.getProperty("os.arch")) {
      case "amd64" -> Optional.of(X86_64);
      case "aarch64" -> Optional.of(AARCH64);
      default -> Optional.empty();
    };
  }

  /** AUDIT_ARCH_* of linux/audit.h, as struct seccomp_data has it. */
  public int audit() {
    return audit;
  }

  /** The number of pivot_root(2). */
  int pivotRoot() {
    return pivotRoot;
  }

  /** The number of seccomp(2). */
  int seccomp() {
    return seccomp;
  }
}
