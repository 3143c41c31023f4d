package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * What this process may do: its user, groups and capabilities (credentials(7), capabilities(7)).
 * Each call returns what the call returns, or the negated error number.
 *
 * <p>To the kernel these belong to a thread. The C library sets users and groups in all threads of
 * the process (nptl(7)), capabilities only in the calling one.
 */
public final class Credentials {
  /** CAP_NET_BIND_SERVICE: bind to ports below 1024. */
  public static final long NET_BIND_SERVICE = 1L << 10;

  /** CAP_NET_ADMIN, which TCP_REPAIR asks for. */
  public static final long NET_ADMIN = 1L << 12;

  private static final MethodHandle GETEUID = CLibrary.function("geteuid");
  private static final MethodHandle GETEGID = CLibrary.function("getegid");
  private static final MethodHandle SETGROUPS = CLibrary.function("setgroups");
  private static final MethodHandle SETRESGID = CLibrary.function("setresgid");
  private static final MethodHandle SETRESUID = CLibrary.function("setresuid");
  private static final MethodHandle CAPGET = CLibrary.function("capget");
  private static final MethodHandle CAPSET = CLibrary.function("capset");

  private static final int CAPABILITY_VERSION_3 = 0x20080522; // linux/capability.h
  private static final int HEADER_SIZE = 8; // version, thread
  private static final int DATA_SIZE = 24; // twice effective, permitted, inheritable
  private static final long PERMITTED_AT = 4;
  private static final long UPPER_HALF_AT = 12;

  /** geteuid(2). */
  public int user() {
    return CLibrary.call(GETEUID);
  }

  /** getegid(2). */
  public int group() {
    return CLibrary.call(GETEGID);
  }

  /** setgroups(2) with none. */
  public int dropSupplementaryGroups() {
    return CLibrary.call(SETGROUPS, 0, 0);
  }

  /** setresgid(2): real, effective and saved. */
  public int setGroup(int group) {
    return CLibrary.call(SETRESGID, group, group, group);
  }

  /** setresuid(2): real, effective and saved. */
  public int setUser(int user) {
    return CLibrary.call(SETRESUID, user, user, user);
  }

  /** The calling thread's permitted capabilities, a bit for each; none if they can't be had. */
  public long capabilities() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(DATA_SIZE, 4);
      int result = CLibrary.call(CAPGET, header(arena).address(), data.address());
      if (result < 0) {
        return 0;
      }
      long low = data.get(JAVA_INT, PERMITTED_AT) & 0xffff_ffffL;
      return (long) data.get(JAVA_INT, UPPER_HALF_AT + PERMITTED_AT) << 32 | low;
    }
  }

  /**
   * Makes these the calling thread's permitted and effective capabilities, and none inheritable.
   */
  public int setCapabilities(long capabilities) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(DATA_SIZE, 4);
      for (long at : new long[] {0, PERMITTED_AT}) {
        data.set(JAVA_INT, at, (int) capabilities);
        data.set(JAVA_INT, UPPER_HALF_AT + at, (int) (capabilities >>> 32));
      }
      return CLibrary.call(CAPSET, header(arena).address(), data.address());
    }
  }

  private static MemorySegment header(Arena arena) {
    MemorySegment header = arena.allocate(HEADER_SIZE, 4);
    header.set(JAVA_INT, 0, CAPABILITY_VERSION_3);
    return header;
  }
}
