package org.jpasst.lab;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whose process a back-end is, and who switches TCP_REPAIR for it. */
public enum Deployment {
  /** Root's, which keeps CAP_NET_ADMIN and does it by itself. */
  DIRECT(false, Optional.empty(), List.of()),
  /** Root's, which becomes nobody, as libvirt's system daemon has it. */
  NOBODY_WITH_PASSTS_HELPER(false, Optional.of(Helper.PASSTS), List.of()),
  NOBODY_WITH_OUR_HELPER(false, Optional.of(Helper.OURS), List.of()),
  /** Of a user without privileges, as KubeVirt has it; only the helper is root's. */
  USER_WITH_PASSTS_HELPER(true, Optional.of(Helper.PASSTS), List.of()),
  USER_WITH_OUR_HELPER(true, Optional.of(Helper.OURS), List.of()),
  /** On a kernel with neither a filter nor signatures for users. */
  USER_WITHOUT_SIGNATURES(true, Optional.of(Helper.PASSTS), Refused.STRONG),
  /** On one that lets only the helper make a socket deaf. */
  USER_WITHOUT_ANY_WAY_BUT_OUR_HELPERS(true, Optional.of(Helper.OURS), Refused.ALL),
  /** On one that lets nobody. */
  USER_WITHOUT_ANY_WAY(true, Optional.of(Helper.PASSTS), Refused.ALL);

  /** What a kernel refuses, as src/test/lab/refuse-options.c has it: level and option. */
  private static final class Refused {
    private static final String FILTER = "1:26";
    private static final String SIGNATURE = "6:32";
    private static final String LEAST_TTL = "0:21";
    private static final String LEAST_HOP_LIMIT = "41:73";
    private static final List<String> STRONG = List.of(FILTER, SIGNATURE);
    private static final List<String> ALL = List.of(FILTER, SIGNATURE, LEAST_TTL, LEAST_HOP_LIMIT);
  }

  /** The program that switches repair mode. */
  private enum Helper {
    PASSTS,
    OURS
  }

  private static final String USER = "4242";
  private static final String OUR_HELPER = "target/jpasst/bin/passt-repair";

  private final boolean isUsers;
  private final Optional<Helper> helper;
  private final List<String> refused;

  Deployment(boolean isUsers, Optional<Helper> helper, List<String> refused) {
    this.isUsers = isUsers;
    this.helper = helper;
    this.refused = refused;
  }

  /** The options that a back-end needs for it. */
  List<String> options(Path socket) {
    return helper.isEmpty() ? List.of("--migrate-direct") : List.of("--repair-path", path(socket));
  }

  /** The command as it is run by whom the process belongs to. */
  public List<String> as(List<String> command) {
    if (!isUsers) {
      return command;
    }
    List<String> users = new ArrayList<>(List.of("setpriv", "--reuid", USER, "--regid", USER));
    users.addAll(List.of("--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--"));
    users.addAll(command);
    return users;
  }

  /** The command as it is run by them on the kernel that they have. */
  List<String> start(List<String> command) {
    if (refused.isEmpty()) {
      return as(command);
    }
    List<String> all = new ArrayList<>(List.of(CProgram.REFUSE_OPTIONS.binary().toString()));
    all.addAll(refused);
    all.add("--");
    all.addAll(as(command));
    return all;
  }

  /** Where root's files aren't for others to read, nobody but root can start the program. */
  public void assumePossible() {
    if (isUsers) {
      try (LabProcess look =
          LabProcess.start(as(List.of("test", "-x", BackEnd.program())), Map.of())) {
        assumeTrue(look.awaitExit(BackEnd.START) == 0, "others can't read " + BackEnd.program());
      }
    }
  }

  /** Starts the helper, if there is one, and waits until it is connected, or even done. */
  Optional<LabProcess> startHelper(Lab lab, BackEnd backEnd) {
    return helper.map(
        which -> {
          List<String> command = command(which, lab, backEnd.socket());
          LabProcess started = lab.host().start(command, BackEnd.environment());
          Await.until(
              "the repair helper's connection",
              BackEnd.START,
              () -> backEnd.hasHelper(lab) || !started.alive());
          return started;
        });
  }

  private static List<String> command(Helper which, Lab lab, Path socket) {
    return switch (which) {
      case PASSTS ->
          BackEndProgram.real().inside(List.of("passt-repair", path(socket)), lab.resolvConf());
      case OURS -> List.of(LabDirectory.checkout().resolve(OUR_HELPER).toString(), path(socket));
    };
  }

  private static String path(Path socket) {
    return socket + ".repair";
  }
}
