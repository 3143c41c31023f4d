package org.jpasst.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Which users a user namespace knows (user_namespaces(7)). All others are shown in it as one and
 * the same, the overflow user.
 *
 * @param overflow that user's id
 * @param isOverflowMapped whether a user of that id is also in the namespace
 */
public record UserNamespace(int overflow, boolean isOverflowMapped) {
  private static final int DEFAULT_OVERFLOW = 65534; // include/linux/highuid.h

  /** This process's own, as it is now. */
  public static UserNamespace own() {
    try {
      return of(
          SmallFile.read(Path.of("/proc/sys/kernel/overflowuid")),
          SmallFile.read(Path.of("/proc/self/uid_map")).lines().toList());
    } catch (IOException e) {
      // Without /proc nobody can tell: then nobody counts as unmapped.
      return new UserNamespace(DEFAULT_OVERFLOW, true);
    }
  }

  /**
   * One whose map is this.
   *
   * @param map lines of a first id inside, the one outside that it stands for, and a length
   */
  static UserNamespace of(String overflow, List<String> map) {
    int id = Integer.parseInt(overflow.strip());
    return new UserNamespace(id, map.stream().anyMatch(line -> contains(line, id)));
  }

  private static boolean contains(String line, int id) {
    String[] words = line.strip().split("\\s+");
    long first = Long.parseLong(words[0]);
    return id >= first && id < first + Long.parseLong(words[2]);
  }

  /** Whether an id stands for users that the namespace doesn't know, and for nobody else. */
  public boolean isUnmapped(int user) {
    return user == overflow && !isOverflowMapped;
  }
}
