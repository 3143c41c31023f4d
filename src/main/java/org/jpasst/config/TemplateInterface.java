package org.jpasst.config;

/**
 * The host's interface whose addresses and routes the guest gets.
 *
 * @param name its name
 * @param index its index; also the scope of link-local destinations
 */
public record TemplateInterface(String name, int index) {
  @Override
  public String toString() {
    return name;
  }
}
