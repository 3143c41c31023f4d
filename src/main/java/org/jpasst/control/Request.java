package org.jpasst.control;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jpasst.control.file.OperatorFile;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.FileFlag;

/**
 * What an operator asks for: a command that there is, with members that it takes, and perhaps
 * descriptors. What is wrong in it is said by an {@link ErrnoException}.
 */
final class Request implements AutoCloseable {
  /** Longest line, its end included: room for as many rules as a table can have. */
  static final int MAX_LENGTH = 1 << 16;

  static final String COMMAND = "command";
  static final String PATH = "path";
  static final String RULES = "rules";
  static final String FORMAT = "format";
  static final String RING = "ring";

  private static final int MAX_QUOTED = 100;
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

  /** Why a back-end, in its sandbox or as another user, can't do what its operator may. */
  private static final Set<Integer> FORBIDDEN = Set.of(Errno.EACCES, Errno.EPERM, Errno.EROFS);

  private static final String ADVICE = " (a descriptor can be passed along, as passtctl does)";

  private final Command command;
  private final Message message;
  private final PassedDescriptors passed;

  private Request(Command command, Message message, PassedDescriptors passed) {
    this.command = command;
    this.message = message;
    this.passed = passed;
  }

  /**
   * Reads a line.
   *
   * @param passed the descriptors that came with it; become the request's, unless this fails
   */
  static Request parse(String line, PassedDescriptors passed) throws ErrnoException {
    Message message =
        Message.parse(line).orElseThrow(() -> invalid("no JSON object: " + quoted(line)));
    for (String name : message.content().keySet()) {
      if (name.equals(Message.VERSION_MEMBER)) {
        checkVersion(message.content().get(name));
      }
    }
    Command command =
        message
            .text(COMMAND)
            .flatMap(Command::of)
            .orElseThrow(() -> invalid("no command that is known here: " + quoted(line)));
    for (String name : message.content().keySet()) {
      boolean known = name.equals(Message.VERSION_MEMBER) || name.equals(COMMAND);
      if (!known && !command.takes(name)) {
        throw invalid(command.text() + " takes no \"" + quoted(name) + "\"");
      }
    }
    if (!passed.isEmpty() && command.file().isEmpty()) {
      throw invalid(command.text() + " takes no descriptor");
    }
    return new Request(command, message, passed);
  }

  private static void checkVersion(JsonElement version) throws ErrnoException {
    if (!version.toString().equals(Integer.toString(Message.VERSION))) {
      throw new ErrnoException(
          Errno.EPROTONOSUPPORT,
          "version "
              + quoted(version.toString())
              + " isn't spoken here, "
              + Message.VERSION
              + " is");
    }
  }

  private static ErrnoException invalid(String what) {
    return new ErrnoException(Errno.EINVAL, what);
  }

  /** As much of a client's text as an answer may repeat. */
  private static String quoted(String text) {
    return text.length() <= MAX_QUOTED ? text : text.substring(0, MAX_QUOTED) + "...";
  }

  Command command() {
    return command;
  }

  /** A member that is a string, if it is there. */
  Optional<String> text(String name) throws ErrnoException {
    Optional<String> text = message.text(name);
    if (text.isEmpty() && message.content().has(name)) {
      throw invalid("\"" + name + "\" is no string");
    }
    return text;
  }

  /** A member that is a whole number in these bounds; another one if it isn't there. */
  int number(String name, int otherwise, int least, int most) throws ErrnoException {
    JsonElement member = message.content().get(name);
    if (member == null) {
      return otherwise;
    }
    String text = member.toString();
    int value = NUMBER.matcher(text).matches() ? Integer.parseInt(text) : -1;
    if (value < least || value > most) {
      throw invalid("\"" + name + "\" is no number from " + least + " to " + most);
    }
    return value;
  }

  /** A member that is a list of objects, of which each has just these members, all strings. */
  List<Message> objects(String name, String... members) throws ErrnoException {
    if (!(message.content().get(name) instanceof JsonArray array)) {
      throw invalid("\"" + name + "\" is no list");
    }
    List<Message> objects = new ArrayList<>();
    for (JsonElement element : array) {
      if (!(element instanceof JsonObject object) || object.size() != members.length) {
        throw invalid("\"" + name + "\" has what is no " + String.join(" and ", members));
      }
      Message each = new Message(object);
      for (String member : members) {
        if (each.text(member).isEmpty()) {
          throw invalid("\"" + name + "\" has what has no \"" + member + "\"");
        }
      }
      objects.add(each);
    }
    return objects;
  }

  /**
   * The file that goes with the command: the descriptor that was passed along, or one of {@code
   * path}, which is opened without waiting for anybody.
   *
   * @return becomes the caller's
   */
  OperatorFile takeFile() throws IOException {
    if (!passed.isEmpty()) {
      return OperatorFile.of(passed.take());
    }
    return open(path().orElseThrow(() -> invalid("neither a path nor a descriptor")));
  }

  /**
   * Several files in the place of one: the descriptors that were passed along, of which there have
   * to be as many, or those that {@code path} stands for.
   *
   * @param count how many
   * @param names where they are, by {@code path}
   * @return become the caller's
   */
  List<OperatorFile> takeFiles(int count, Function<Path, List<Path>> names) throws IOException {
    if (!passed.isEmpty() && passed.count() != count) {
      throw invalid(passed.count() + " descriptors for " + count + " files");
    }
    List<OperatorFile> files = new ArrayList<>();
    try {
      if (passed.isEmpty()) {
        for (Path each : names.apply(path().orElseThrow(() -> invalid("no path")))) {
          files.add(open(each));
        }
      }
      while (!passed.isEmpty()) {
        files.add(OperatorFile.of(passed.take()));
      }
      return files;
    } catch (IOException e) {
      files.forEach(OperatorFile::close);
      throw e;
    }
  }

  /** The member {@code path}, if it is there. */
  Optional<Path> path() throws ErrnoException {
    Optional<String> path = text(PATH);
    try {
      return path.map(Path::of);
    } catch (InvalidPathException e) {
      throw invalid("no path: " + quoted(path.get()));
    }
  }

  private OperatorFile open(Path path) throws IOException {
    try {
      return OperatorFile.open(path, command.file().orElseThrow(), FileFlag.O_NONBLOCK);
    } catch (ErrnoException e) {
      throw FORBIDDEN.contains(e.errno())
          ? new ErrnoException(e.errno(), "cannot open " + path + ADVICE)
          : e;
    }
  }

  /** Closes the descriptors that were passed along and nobody took. */
  @Override
  public void close() {
    passed.close();
  }
}
