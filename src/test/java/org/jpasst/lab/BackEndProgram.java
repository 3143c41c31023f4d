package org.jpasst.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program that can be the back-end.
 *
 * @param path where it is; within the lab's tree if it comes from there
 * @param inTree whether it is the real passt (or another program) of the lab's tree
 */
public record BackEndProgram(Path path, boolean inTree) {
  private static final String IN_TREE = "lab:";
  private static final String BUILT = "target/jpasst/bin/passt";

  /** The one under test: the launcher that the build made, unless a system property says other. */
  public static BackEndProgram underTest() {
    return parse(System.getProperty("jpasst.passt", BUILT));
  }

  /** The real passt of the lab's tree. */
  public static BackEndProgram real() {
    return parse(IN_TREE + "passt");
  }

  /**
   * Reads a name as the system property has it: {@code lab:passt} or a path, which may be relative
   * to the checkout.
   */
  public static BackEndProgram parse(String name) {
    return name.startsWith(IN_TREE)
        ? new BackEndProgram(Path.of(name.substring(IN_TREE.length())), true)
        : new BackEndProgram(LabDirectory.checkout().resolve(name), false);
  }

  /**
   * The command that runs it with the given options and file as /etc/resolv.conf.
   *
   * @throws AssertionError when it isn't there
   */
  List<String> command(List<String> options, Path resolvConf) {
    return inside(plainCommand(options), resolvConf);
  }

  /** The command with the given options, to be run where the program lies. */
  List<String> plainCommand(List<String> options) {
    var command = new ArrayList<>(List.of(existing().toString()));
    command.addAll(options);
    return command;
  }

  /** The command that runs the given one where this program lies, with a /etc/resolv.conf. */
  public List<String> inside(List<String> command, Path resolvConf) {
    if (inTree) {
      return LabTree.testing().inside(command, resolvConf);
    }
    var wrapped = new ArrayList<>(List.of(LabDirectory.script("lab-exec").toString()));
    wrapped.addAll(List.of("-r", resolvConf.toString(), "--"));
    wrapped.addAll(command);
    return wrapped;
  }

  /**
   * The path, if there is such a program.
   *
   * @throws AssertionError when it isn't there
   */
  public Path existing() {
    if (!inTree && !Files.isExecutable(path)) {
      throw new AssertionError("run mvn -DskipTests package first: there is no " + path);
    }
    return path;
  }
}
