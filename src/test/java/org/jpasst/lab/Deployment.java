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
  DIRECT(false, Optional.empty()),
  /** Root's, which becomes nobody, as libvirt's system daemon has it. */
  NOBODY_WITH_PASSTS_HELPER(false, Optional.of(Helper.PASSTS)),
  NOBODY_WITH_OUR_HELPER(false, Optional.of(Helper.OURS)),
  /** Of a user without privileges, as KubeVirt has it; only the helper is root's. */
  USER_WITH_PASSTS_HELPER(true, Optional.of(Helper.PASSTS)),
  USER_WITH_OUR_HELPER(true, Optional.of(Helper.OURS));

  /** The program that switches repair mode. */
  private enum Helper {
    PASSTS,
    OURS
  }

  private static final String USER = "4242";
  private static final String OUR_HELPER = "target/jpasst/bin/passt-repair";

  private final boolean isUsers;
  private final Optional<Helper> helper;

  Deployment(boolean isUsers, Optional<Helper> helper) {
    this.isUsers = isUsers;
    this.helper = helper;
  }

  /** Those without a privilege of the back-end's own. */
  public static List<Deployment> unprivileged() {
    return List.of(values()).subList(1, values().length);
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

  /** Where root's files aren't for others to read, nobody but root can start the program. */
  public void assumePossible() {
    if (isUsers) {
      try (LabProcess look =
          LabProcess.start(as(List.of("test", "-x", BackEnd.program())), Map.of())) {
        assumeTrue(look.awaitExit(BackEnd.START) == 0, "others can't read " + BackEnd.program());
      }
    }
  }

  /** Starts the helper, if there is one, and waits until it is connected. */
  Optional<LabProcess> startHelper(Lab lab, Path socket) {
    return helper.map(
        which -> {
          LabProcess started = lab.host().start(command(which, lab, socket), BackEnd.environment());
          Await.until(
              "the repair helper's connection",
              BackEnd.START,
              () ->
                  lab.host().procNet("unix").stream().filter(l -> l.endsWith(".repair")).count()
                      > 1);
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
