package org.jpasst.loop;

/**
 * What some descriptors that the loop watches are; each kind has one {@link EventHandler}. Whoever
 * watches descriptors names their kind, and a loop gives it a number when it first hears of it.
 *
 * @param name what one of them is called in statistics; kinds with one name are one
 */
public record EventKind(String name) {}
