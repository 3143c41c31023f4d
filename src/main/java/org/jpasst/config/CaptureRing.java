package org.jpasst.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * How much a capture keeps that would otherwise go on for ever: it is written to several files in
 * turn, of which the oldest is begun anew when the others are full.
 *
 * @param mebibytes that all files have together at most
 * @param files how many there are
 */
public record CaptureRing(int mebibytes, int files) {
  /** What {@link #parse} takes, for people. */
  public static final String SYNTAX = "MIB[:FILES]";

  /** Four: of what is asked for at least three quarters are there at any time. */
  public static final int DEFAULT_FILES = 4;

  /** A terabyte. */
  private static final int MAX_MEBIBYTES = 1 << 20;

  /** All are open from the beginning, since nothing can be opened in the sandbox. */
  private static final int MAX_FILES = 100;

  /** Of one file: more than the longest frame and what a file begins with. */
  private static final long LEAST_BYTES = 1 << 18;

  private static final Pattern TEXT = Pattern.compile("(\\d{1,7})(?::(\\d{1,3}))?");

  /** What is wrong with a text that {@link #parse} doesn't take, for people. */
  public static final String LIMITS =
      "must be %s: 1 to %d MiB in 2 to %d files, at most 4 for each MiB"
          .formatted(SYNTAX, MAX_MEBIBYTES, MAX_FILES);

  /** Reads {@code MIB[:FILES]}; empty if it isn't that, or out of bounds. */
  public static Optional<CaptureRing> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String number = matcher.group(2);
    int files = number == null ? DEFAULT_FILES : Integer.parseInt(number);
    var ring = new CaptureRing(Integer.parseInt(matcher.group(1)), files);
    return Optional.of(ring).filter(CaptureRing::isPossible);
  }

  private boolean isPossible() {
    return mebibytes <= MAX_MEBIBYTES
        && files >= 2
        && files <= MAX_FILES
        && bytesPerFile() >= LEAST_BYTES;
  }

  /** Most bytes of one of the files. */
  public long bytesPerFile() {
    return ((long) mebibytes << 20) / files;
  }

  /**
   * Where they are: a number stands before the ending of the name that was given.
   *
   * @param name such as {@code guest.pcapng}, for {@code guest.0.pcapng} and so on
   */
  public List<Path> paths(Path name) {
    String last = name.getFileName().toString();
    int dot = last.lastIndexOf('.');
    String stem = dot > 0 ? last.substring(0, dot) : last;
    String ending = dot > 0 ? last.substring(dot) : "";
    int digits = Integer.toString(files - 1).length();
    return IntStream.range(0, files)
        .mapToObj(i -> name.resolveSibling(stem + "." + padded(i, digits) + ending))
        .toList();
  }

  private static String padded(int number, int digits) {
    String text = Integer.toString(number);
    return "0".repeat(digits - text.length()) + text;
  }

  @Override
  public String toString() {
    return mebibytes + ":" + files;
  }
}
