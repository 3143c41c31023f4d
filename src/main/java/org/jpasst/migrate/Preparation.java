package org.jpasst.migrate;

/**
 * What can be done for a migration before it begins, while the guest still runs, here or elsewhere.
 */
public interface Preparation {
  /** None. */
  Preparation NONE =
      new Preparation() {
        @Override
        public void begin() {
          // Nothing is prepared.
        }

        @Override
        public void end() {
          // Nothing is under way.
        }
      };

  /** A migration is likely, from here or to here. May be told again and again; doesn't wait. */
  void begin();

  /** It begins: whatever is still under way ends, soon. */
  void end();
}
