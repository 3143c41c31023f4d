package org.jpasst.bench;

/**
 * What is compared: a back-end and the way the guest is attached to it.
 *
 * @param label heads its column
 */
record Candidate(String label, Attachment attachment) {}
