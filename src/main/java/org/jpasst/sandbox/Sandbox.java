package org.jpasst.sandbox;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.SandboxSettings;
import org.jpasst.linux.Architecture;
import org.jpasst.linux.Credentials;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.ProcessControl;

/**
 * Takes from this process what it doesn't need to serve a guest, in three steps: files, while it
 * may still mount; its user and capabilities, once nothing more is opened in the user's name; and
 * system calls, when all is ready. What can't be taken is noted, and the run goes on.
 */
public final class Sandbox {
  private final SandboxSettings settings;
  private final boolean ownNamespaces;
  private final Identity started = Identity.current();
  private final Optional<Identity> other;
  private final Credentials credentials = new Credentials();
  private final ProcessControl process = new ProcessControl();
  private final List<String> missing = new ArrayList<>();

  /**
   * A sandbox that nothing was taken for yet.
   *
   * @param ownNamespaces whether the launcher put this process into namespaces of its own
   * @throws org.jpasst.config.ConfigurationException if there is no such user as is asked for
   */
  public Sandbox(SandboxSettings settings, boolean ownNamespaces) {
    this.settings = settings;
    this.ownNamespaces = ownNamespaces;
    other = other(settings, started);
  }

  private static Optional<Identity> other(SandboxSettings settings, Identity started) {
    if (settings.runAs().isPresent()) {
      return settings.runAs().map(Identity::named);
    }
    boolean root = settings.on() && started.isInitialRoot();
    return root ? Optional.of(Identity.nobody()) : Optional.empty();
  }

  /** Whether the process, started as root, isn't root any more without having been told. */
  public boolean becameNobody() {
    return other.isPresent() && settings.runAs().isEmpty();
  }

  /**
   * Leaves nothing in sight of the file system but some directories.
   *
   * @param readable those that the JVM reads from
   * @param removable those that the process removes files of its own from
   */
  public void hideFiles(Collection<Path> readable, Collection<Path> removable) {
    if (!settings.on()) {
      return;
    }
    if (!ownNamespaces) {
      missing.add("own namespaces (unshare(1) isn't there, or isn't allowed to make them)");
      return;
    }
    try {
      new PrivateRoot(settings.chrootFallback()).enter(readable, removable);
    } catch (IOException e) {
      missing.add("a root directory of its own (" + e.getMessage() + ")");
    }
  }

  /**
   * Becomes another user, if that is wanted, and lets go of capabilities.
   *
   * @throws IOException if it can't become that user
   */
  public void dropPrivileges() throws IOException {
    if (other.isPresent()) {
      become(other.get());
    }
    if (settings.on() || settings.directRepair()) {
      int result = credentials.setCapabilities(credentials.capabilities() & kept());
      if (result < 0) {
        missing.add("dropped capabilities (" + Errno.name(result) + ")");
      }
    }
  }

  private void become(Identity identity) throws IOException {
    if (settings.directRepair()) {
      process.prctl(ProcessControl.PR_SET_KEEPCAPS, 1);
    }
    int result = credentials.dropSupplementaryGroups();
    // Without CAP_SETGID there is nobody else to become, which the next calls find out.
    if (result >= 0 || result == -Errno.EPERM) {
      result = credentials.setGroup(identity.group());
    }
    if (result >= 0) {
      result = credentials.setUser(identity.user());
    }
    ErrnoException.check(
        result, "cannot become user " + identity.user() + ", group " + identity.group());
  }

  /** Low ports are for whom the capability was given to, not for whoever was root. */
  private long kept() {
    return (settings.directRepair() ? Credentials.NET_ADMIN : 0)
        | (other.isEmpty() ? Credentials.NET_BIND_SERVICE : 0);
  }

  /** Lets nobody trace this process, and the kernel refuse it what it doesn't need. */
  public void restrictSystemCalls() {
    if (!settings.on()) {
      return;
    }
    process.prctl(ProcessControl.PR_SET_DUMPABLE, 0);
    int result =
        Architecture.ofThisProcess()
            .map(known -> SystemCallFilter.program(known, process.getpid()))
            .map(process::filterSystemCalls)
            .orElse(-Errno.ENOSYS);
    if (result < 0) {
      missing.add("a filter for system calls (" + Errno.name(result) + ")");
    }
  }

  /** What of it couldn't be had, in one line, if anything. */
  public Optional<String> missing() {
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of("the sandbox is without " + String.join(", ", missing));
  }
}
