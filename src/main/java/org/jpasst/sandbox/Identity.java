package org.jpasst.sandbox;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import org.jpasst.config.ConfigurationException;
import org.jpasst.linux.Credentials;
import org.jpasst.linux.SmallFile;
import org.jpasst.linux.UserDatabase;

/**
 * A user and group that a process runs as.
 *
 * @param user uid
 * @param group gid
 */
public record Identity(int user, int group) {
  private static final String NOBODY = "nobody";

  /** That of the overflow user, which "nobody" is wherever the user database says nothing else. */
  private static final int OVERFLOW_ID = 65534;

  /** What /proc/self/uid_map holds where each user is mapped to itself (user_namespaces(7)). */
  private static final String[] WHOLE_MAP = {"0", "0", "4294967295"};

  /** That of this process now. */
  public static Identity current() {
    Credentials credentials = new Credentials();
    return new Identity(credentials.user(), credentials.group());
  }

  /**
   * Whom {@code --runas} names: UID, UID:GID, LOGIN or LOGIN:GROUP.
   *
   * @throws ConfigurationException if there is no such user or group, or it is the superuser
   */
  public static Identity named(String text) {
    UserDatabase database = new UserDatabase();
    int colon = text.indexOf(':');
    String userName = colon < 0 ? text : text.substring(0, colon);
    OptionalInt number = number(userName);
    Optional<UserDatabase.User> known =
        number.isPresent() ? Optional.empty() : database.user(userName);
    if (number.isEmpty() && known.isEmpty()) {
      throw refused(text, "no such user");
    }
    int user = known.map(UserDatabase.User::user).orElseGet(number::getAsInt);
    int group = known.map(UserDatabase.User::group).orElse(user);
    if (colon >= 0) {
      String groupName = text.substring(colon + 1);
      OptionalInt given = number(groupName);
      group =
          (given.isPresent() ? given : database.group(groupName))
              .orElseThrow(() -> refused(text, "no such group"));
    }
    if (user == 0) {
      throw refused(text, "must not be the superuser");
    }
    return new Identity(user, group);
  }

  private static ConfigurationException refused(String text, String why) {
    return new ConfigurationException("--runas " + text + ": " + why);
  }

  private static OptionalInt number(String text) {
    return text.matches("[0-9]{1,9}")
        ? OptionalInt.of(Integer.parseInt(text))
        : OptionalInt.empty();
  }

  /** "nobody", as whom a service runs that needs nothing. */
  public static Identity nobody() {
    return new UserDatabase()
        .user(NOBODY)
        .map(user -> new Identity(user.user(), user.group()))
        .orElse(new Identity(OVERFLOW_ID, OVERFLOW_ID));
  }

  /** Whether this is the superuser of the initial user namespace. */
  public boolean isInitialRoot() {
    return user == 0 && isInitialNamespace();
  }

  private static boolean isInitialNamespace() {
    try {
      String map = SmallFile.read(Path.of("/proc/self/uid_map"));
      return Arrays.equals(map.strip().split("\\s+"), WHOLE_MAP);
    } catch (IOException e) {
      // A kernel without user namespaces has no such file.
      return true;
    }
  }
}
