"""What speaks for and against a model beside its metrics: tables without any customer."""
