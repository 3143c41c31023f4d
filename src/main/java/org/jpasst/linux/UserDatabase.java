package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.OptionalInt;

/** The system's users and groups, wherever its name service has them (getpwnam(3)). */
@SuppressWarnings("restricted")
public final class UserDatabase {
  private static final MethodHandle GETPWNAM = CLibrary.function("getpwnam");
  private static final MethodHandle GETGRNAM = CLibrary.function("getgrnam");

  // struct passwd: name, password, uid, gid; struct group: name, password, gid.
  private static final long UID_AT = 16;
  private static final long GID_AT = 20;
  private static final long RECORD_SIZE = 24;

  /**
   * A user's numbers.
   *
   * @param user uid
   * @param group gid of the primary group
   */
  public record User(int user, int group) {}

  /** A user by login name. */
  public Optional<User> user(String name) {
    return find(GETPWNAM, name)
        .map(found -> new User(found.get(JAVA_INT, UID_AT), found.get(JAVA_INT, GID_AT)));
  }

  /** A group's number by its name. */
  public OptionalInt group(String name) {
    return find(GETGRNAM, name)
        .map(found -> OptionalInt.of(found.get(JAVA_INT, UID_AT)))
        .orElse(OptionalInt.empty());
  }

  private Optional<MemorySegment> find(MethodHandle function, String name) {
    try (Arena arena = Arena.ofConfined()) {
      long found = CLibrary.pointer(function, arena.allocateFrom(name).address());
      return found == 0
          ? Optional.empty()
          : Optional.of(MemorySegment.ofAddress(found).reinterpret(RECORD_SIZE));
    }
  }
}
