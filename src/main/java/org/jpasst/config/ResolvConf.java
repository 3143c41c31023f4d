package org.jpasst.config;

import java.util.ArrayList;
import java.util.List;
import org.jpasst.net.IpAddress;

/**
 * What the host's resolv.conf(5) says.
 *
 * <p>Blanks or tabs separate and may lead; a {@code #} or {@code ;} begins a comment, also behind a
 * value; the last {@code search} or {@code domain} line counts. An address's scope is dropped. What
 * can't be read is passed over, as the C library does.
 *
 * @param resolvers addresses of both families in order
 * @param searchList domains in order, without a trailing dot; the root isn't one
 */
public record ResolvConf(List<IpAddress> resolvers, List<String> searchList) {
  /** Says nothing. */
  public static final ResolvConf EMPTY = new ResolvConf(List.of(), List.of());

  /** Copies the lists. */
  public ResolvConf {
    resolvers = List.copyOf(resolvers);
    searchList = List.copyOf(searchList);
  }

  /** Reads the file's text; never fails. */
  public static ResolvConf parse(String text) {
    List<IpAddress> resolvers = new ArrayList<>();
    List<String> searchList = List.of();
    for (String line : text.split("[\n\r]")) {
      List<String> words = words(line);
      if (words.size() < 2) {
        continue;
      }
      switch (words.getFirst()) {
        case "nameserver" -> IpAddress.parse(unscoped(words.get(1))).ifPresent(resolvers::add);
        case "search" -> searchList = domains(words.subList(1, words.size()));
        case "domain" -> searchList = domains(words.subList(1, 2));
        default -> {
          // Options and sortlist are the host's own affair.
        }
      }
    }
    return new ResolvConf(resolvers, searchList);
  }

  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    for (String word : line.strip().split("\\s+")) {
      if (word.startsWith("#") || word.startsWith(";")) {
        break;
      }
      words.add(word);
    }
    return words;
  }

  private static String unscoped(String address) {
    int percent = address.indexOf('%');
    return percent < 0 ? address : address.substring(0, percent);
  }

  private static List<String> domains(List<String> words) {
    return words.stream()
        .map(word -> word.endsWith(".") ? word.substring(0, word.length() - 1) : word)
        .filter(word -> !word.isEmpty())
        .toList();
  }
}
