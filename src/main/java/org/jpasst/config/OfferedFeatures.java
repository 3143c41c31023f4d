package org.jpasst.config;

/** Which of vhost-user's features a guest is offered. */
public enum OfferedFeatures {
  /** All that there are here. */
  ALL,
  /** Those of passt, so that the guest may move there. */
  PASST
}
