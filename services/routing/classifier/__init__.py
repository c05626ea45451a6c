"""The classifier: topic, kind and urgency of a consultation, with calibrated confidence and reasons.

Pure computing; it reads its own data files and nothing else. The service uses two names: ``model.Classifier`` and
``build.ensure_model``.
"""
