package org.jpasst.config;

import java.util.Optional;

/**
 * What the process gives up once it is ready.
 *
 * @param on its view of the file system, system calls and capabilities, too, not only its user
 * @param runAs whom it becomes, as passt(1) has it; absent: nobody where it was started as root
 * @param chrootFallback chroot(2) where pivot_root(2) fails
 * @param directRepair keep CAP_NET_ADMIN, to move connections without a helper
 */
public record SandboxSettings(
    boolean on, Optional<String> runAs, boolean chrootFallback, boolean directRepair) {
  /** Collects the parts by name; what nobody sets stays as it is where nothing is said. */
  public static final class Builder {
    public boolean on = true;
    public Optional<String> runAs = Optional.empty();
    public boolean chrootFallback;
    public boolean directRepair;

    /** All of them. */
    public SandboxSettings build() {
      return new SandboxSettings(on, runAs, chrootFallback, directRepair);
    }
  }
}
