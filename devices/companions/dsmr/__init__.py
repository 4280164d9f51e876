"""Customer ports that Austrian grid operators configure alike on meters of several makers."""
