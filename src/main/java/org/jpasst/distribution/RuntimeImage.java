package org.jpasst.distribution;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Makes the distribution's own Java runtime, as a step of the build, from the JDK that this runs
 * on: the modules that the distribution's jars need and nothing else, so that a host needs no JDK,
 * and the AOT cache always finds the runtime that it was recorded with.
 *
 * <p>The same JDK makes the same bytes. A runtime that is there already is kept if it would be the
 * same.
 */
public final class RuntimeImage {
  /**
   * What a jar has a use for if it is there, and this program has not: Gson knows java.sql's dates,
   * and that module brings all of XML along.
   */
  private static final String NOT_NEEDED = "java\\.sql.*";

  /** Without compression it starts a little sooner; what nobody touches takes disk alone. */
  private static final List<String> FORM =
      List.of(
          "--strip-java-debug-attributes",
          "--no-header-files",
          "--no-man-pages",
          "--compress=zip-0",
          // Debian's JDK has those of its libraries beside them: 700 MB.
          "--exclude-files=**.debuginfo");

  /** Without it and without a cache of its own a program would start twice as slow. */
  private static final List<String> ARCHIVE_CLASSES =
      List.of("-XX:+UseSerialGC", "-Xshare:dump", "-Xlog:disable", "-Xlog:all=error:stderr");

  private RuntimeImage() {}

  /**
   * Makes it.
   *
   * @param arguments the directory of the jars, the runtime's directory, and a file that keeps what
   *     the runtime there was made of
   * @throws IOException if it can't be made, with what the tool said
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path runtime = Path.of(arguments[1]);
    Path record = Path.of(arguments[2]);
    List<String> options = new ArrayList<>(FORM);
    options.add("--add-modules=" + modules(Path.of(arguments[0])));
    options.add("--output=" + runtime);
    String wanted = System.getProperty("java.vm.version") + " " + String.join(" ", options);
    if (isMade(runtime, record, wanted)) {
      return;
    }
    remove(runtime);
    Files.deleteIfExists(record);
    run("jlink", options);
    archiveClasses(runtime);
    Files.writeString(record, wanted);
  }

  private static boolean isMade(Path runtime, Path record, String wanted) throws IOException {
    return Files.exists(runtime) && Files.exists(record) && Files.readString(record).equals(wanted);
  }

  /** The names of the modules that the jars need, as jlink takes them. */
  private static String modules(Path jars) throws IOException {
    List<String> options = new ArrayList<>();
    options.addAll(List.of("--print-module-deps", "--ignore-missing-deps"));
    options.addAll(List.of("--multi-release", Integer.toString(Runtime.version().feature())));
    options.addAll(List.of("-filter", NOT_NEEDED));
    try (Stream<Path> files = Files.list(jars)) {
      files
          .map(Path::toString)
          .filter(each -> each.endsWith(".jar"))
          .sorted()
          .forEach(options::add);
    }
    return run("jdeps", options).strip();
  }

  /** The JVM's default archive of its own classes, for the only kind of heap that is used. */
  private static void archiveClasses(Path runtime) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(runtime.resolve("bin/java").toString());
    command.addAll(ARCHIVE_CLASSES);
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IOException("the runtime can't archive its classes: status " + status);
    }
  }

  /** Runs a tool of the JDK and returns what it printed. */
  private static String run(String name, List<String> options) throws IOException {
    ToolProvider tool =
        ToolProvider.findFirst(name)
            .orElseThrow(
                () ->
                    new IOException(
                        "%s has no %s: a complete JDK is needed"
                            .formatted(System.getProperty("java.home"), name)));
    StringWriter output = new StringWriter();
    StringWriter errors = new StringWriter();
    int status =
        tool.run(new PrintWriter(output), new PrintWriter(errors), options.toArray(String[]::new));
    if (status != 0) {
      throw new IOException("%s failed: %s%s".formatted(name, output, errors));
    }
    return output.toString();
  }

  private static void remove(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
