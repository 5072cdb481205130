"""The GraphQL server over the world: limits, faults and the live server's manners."""
