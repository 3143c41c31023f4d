package org.jpasst.guest.cache;

/**
 * What is cached of one flow.
 *
 * @param title its protocol and ends, from sender to receiver
 * @param frames how many frames
 * @param bytes how many bytes these have
 */
public record CachedFlow(String title, int frames, long bytes) {
  CachedFlow plus(CachedFlow other) {
    return new CachedFlow(title, frames + other.frames, bytes + other.bytes);
  }
}
