package org.jpasst.proto.dhcp;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jpasst.wire.DomainName;

/**
 * The domain search list (RFC 3397): names in DNS encoding, in which a suffix that occurred before
 * is replaced by a pointer to it (RFC 1035 section 4.1.4).
 */
final class SearchList {
  private static final int POINTER = 0xc000;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Map<List<String>, Integer> suffixes = new HashMap<>();

  private SearchList() {}

  /** Encodes as many of the names, in order, as one option holds; what isn't a name is skipped. */
  static byte[] encode(List<String> names) {
    SearchList list = new SearchList();
    for (String name : names) {
      Optional<List<String>> labels = DomainName.labels(name);
      if (labels.isPresent() && !list.add(labels.get())) {
        break;
      }
    }
    return list.out.toByteArray();
  }

  private boolean add(List<String> labels) {
    ByteArrayOutputStream name = new ByteArrayOutputStream();
    Map<List<String>, Integer> added = new HashMap<>();
    for (int i = 0; i < labels.size(); i++) {
      List<String> suffix = labels.subList(i, labels.size());
      Integer known = suffixes.get(suffix);
      if (known != null) {
        name.write((POINTER | known) >>> 8);
        name.write(known);
        return commit(name, added);
      }
      added.put(suffix, out.size() + name.size());
      byte[] label = labels.get(i).getBytes(StandardCharsets.UTF_8);
      name.write(label.length);
      name.writeBytes(label);
    }
    name.write(0);
    return commit(name, added);
  }

  private boolean commit(ByteArrayOutputStream name, Map<List<String>, Integer> added) {
    if (out.size() + name.size() > DhcpOption.MAX_LENGTH) {
      return false;
    }
    out.writeBytes(name.toByteArray());
    suffixes.putAll(added);
    return true;
  }
}
