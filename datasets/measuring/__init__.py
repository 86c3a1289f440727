"""What the course says about its data sets, as claims that can be measured."""
